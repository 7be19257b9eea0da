import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { customResourceDefinitions } from '../src/api/crd.ts';

/** Files of the checkout that are worked out from its sources. */
export const generated: readonly { readonly path: string; readonly content: () => string }[] = [
  { path: 'deploy/crds.yaml', content: definitions },
];

const notice = '# Generated from src/api by `npm run generate`.\n';

/** `yes` and `on` are booleans to kubectl, so every string is quoted. */
function definitions(): string {
  const documents = customResourceDefinitions.map((definition) =>
    stringify(definition, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 }),
  );
  return notice + documents.join('---\n');
}

const root = new URL('../', import.meta.url);

async function main(check: boolean): Promise<void> {
  for (const { path, content } of generated) {
    const current = await readFile(new URL(path, root), 'utf8').catch(() => '');
    if (current === content()) continue;
    if (!check) await writeFile(new URL(path, root), content());
    process.stdout.write(check ? `${path} is stale: run npm run generate\n` : `wrote ${path}\n`);
    if (check) process.exitCode = 1;
  }
}

if (import.meta.main) await main(process.argv.includes('--check'));
