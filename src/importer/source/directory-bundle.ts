import { join } from 'node:path';
import type { Bundle, BundleFile } from './bundle.ts';
import { headBytes } from './compression.ts';
import { chunksOf, FileCursor } from './cursor.ts';
import { isMissing } from './descent.ts';
import type { ReadCount } from './read-count.ts';
import { kindOf, openWithin } from './store-file.ts';

/** A directory in the store. Each read opens anew, so a thousand layers do not hold a thousand descriptors. */
export function directoryBundle(store: string, directory: string, count: ReadCount): Bundle {
  let position = 0;
  return {
    file: async (name) => {
      const path = join(directory, name);
      const isThere = isBelow(name) && (await exists(store, path));
      return isThere ? fileAt({ store, path, name, position: position++ }, count) : undefined;
    },
    sideBySide: true,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Names come out of documents. */
function isBelow(name: string): boolean {
  return !name.includes('\0') && !name.split('/').includes('..');
}

interface Where {
  readonly store: string;
  readonly path: string;
  readonly name: string;
  readonly position: number;
}

/** One file of the store. */
export async function fileAt({ store, path, name, position }: Where, count: ReadCount): Promise<BundleFile> {
  await using file = await openWithin(store, path);
  const { size } = await file.stat();
  const head = await new FileCursor(file, size, { count }).read(Math.min(size, headBytes));
  async function* open() {
    await using file = await openWithin(store, path);
    yield* chunksOf(new FileCursor(file, size, { count }), size);
  }
  return { name, sizeBytes: size, position, head, open };
}

async function exists(store: string, path: string): Promise<boolean> {
  try {
    return (await kindOf(store, path)) === 'file';
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}
