import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from './images.ts';

/** Puts an output into a store; returns its path as Nix would call it. */
export async function putIntoStore(
  store: string,
  name: string,
  output: Buffer | ReadonlyMap<string, Buffer>,
  mode = 0o444,
): Promise<string> {
  const base = `0123456789abcdfghijklmnpqrsvwxyz-${name}`;
  if (Buffer.isBuffer(output)) {
    await writeFile(join(store, base), output, { mode });
  } else {
    await writeFiles(join(store, base), output);
  }
  return `/nix/store/${base}`;
}
