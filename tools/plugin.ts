// `npm run plugin [-- --output DIR]`: `kubectl enbi` as one file that kubectl finds in PATH.
import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../image/bundle.ts';
import { embeddedTexts } from '../src/main/embedded.ts';

/** Writes the executable `kubectl-enbi` into a directory and gives its path. It needs Node 24 and nothing beside it. */
export async function buildPlugin(directory: string): Promise<string> {
  const file = join(directory, 'kubectl-enbi');
  mkdirSync(directory, { recursive: true });
  await bundle('src/main/kubectl-enbi.ts', file, {
    shebang: '#!/usr/bin/env node',
    texts: { ENBI_EMBEDDED: JSON.stringify(embeddedTexts()) },
  });
  chmodSync(file, 0o755);
  return file;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { output: { type: 'string', default: 'dist' } } });
  process.stdout.write(`${await buildPlugin(resolve(values.output))}\n`);
}
