import { randomUUID } from 'node:crypto';
import { chmod, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes all that a directory holds, where nobody else is at work any more. A builder's code may have made it: directories without a
 * write bit, as a store's are, names that are no text, and paths that are too long; so each directory is first moved up to the root.
 */
export async function emptyOut(root: string): Promise<void> {
  const waiting = await emptyOne(root, root);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    waiting.push(...(await emptyOne(path, root)));
    await rmdir(path);
  }
}

/** Gives the directories that were in it, where they lie now. */
async function emptyOne(directory: string, root: string): Promise<string[]> {
  const moved: string[] = [];
  // Latin-1 has a character for each byte.
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'latin1' })) {
    const path = Buffer.from(`${directory}/${entry.name}`, 'latin1');
    if (!entry.isDirectory()) {
      await unlink(path);
      continue;
    }
    const place = join(root, `left-${randomUUID()}`);
    await chmod(path, 0o700);
    await rename(path, place);
    moved.push(place);
  }
  return moved;
}
