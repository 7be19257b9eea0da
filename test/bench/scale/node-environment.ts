import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkout } from '../../support/source-files.ts';

const Deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([z.object({ env: z.array(z.object({ name: z.string(), value: z.string().optional() })) })]),
      }),
    }),
  }),
});

/** What users' controllers are told about memory, by deploy/controller.yaml: it is theirs that is measured. */
export async function nodeEnvironment(): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(checkout, 'deploy/controller.yaml'), 'utf8');
  const [first = ''] = text.split(/^---$/m);
  const [{ env }] = Deployment.parse(parse(first)).spec.template.spec.containers;
  const ofNode = env.filter(({ name, value }) => !name.startsWith('ENBI_') && value !== undefined);
  return Object.fromEntries(ofNode.map(({ name, value = '' }) => [name, value]));
}
