import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

/** Whatever else a kustomization may say, patches and the like, is not in one file by being written after another. */
const Kustomization = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Kustomization'),
  resources: z.array(z.string().regex(/^[\w-]+\.yaml$/)),
});

/** `deploy/` as one file, comments and all, in the order of its kustomization. */
export function installManifest(root: string, version: string): string {
  const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');
  const { resources } = Kustomization.parse(parse(read('kustomization.yaml')));
  const head = `# enbi ${version}. The nodes need its image first, then: kubectl apply --server-side --filename install.yaml\n`;
  return (
    head +
    resources
      .map(
        (name) =>
          `---\n# deploy/${name}\n${read(name)
            .replace(/^---\n/, '')
            .trimEnd()}\n`,
      )
      .join('')
  );
}
