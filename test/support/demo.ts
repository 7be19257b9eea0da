import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { FlakeFiles, Repositories } from './git-server-manifests.ts';

const examples = join(import.meta.dirname, '../../examples');

/** The example flakes as repositories: `hello` in two versions that differ in one file, and `broken`. */
export async function demoRepositories(): Promise<Repositories> {
  const [hello, broken] = await Promise.all([readExample('hello'), readExample('broken')]);
  return {
    hello: { '1.0': atVersion(hello, '1.0'), '2.0': atVersion(hello, '2.0') },
    broken: { '1.0': broken },
  };
}

/** The text files of one example. */
export async function readExample(name: string): Promise<FlakeFiles> {
  const folder = join(examples, name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(files));
}

/** What a release does: the file `version` says another one, nothing else changes. */
export function atVersion(files: FlakeFiles, version: string): FlakeFiles {
  return { ...files, version: `${version}\n` };
}
