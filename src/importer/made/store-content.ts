import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { asError, UserError } from '../../errors.ts';
import type { ReadCount } from '../source/read-count.ts';
import { bytesOf } from './python-text.ts';

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Wanted {
  readonly store: string;
  /** Below the store. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly count: ReadCount;
}

/** A file's content, opened segment by segment and never through a link; `use` may fill buffers from it, in order. */
export function* withContent<T>(
  { store, path, sizeBytes, count }: Wanted,
  use: (read: (space: Buffer) => void) => Generator<T, void, undefined>,
): Generator<T, void, undefined> {
  const fd = openBelow(store, path);
  try {
    const found = fstatSync(fd);
    refuseUnless(found.isFile() && found.size === sizeBytes, path);
    yield* use((space) => {
      for (let filled = 0; filled < space.length; ) {
        const bytes = readSync(fd, space, filled, space.length - filled, null);
        refuseUnless(bytes > 0, path);
        filled += bytes;
        count.bytes += bytes;
      }
    });
  } finally {
    closeSync(fd);
  }
}

function openBelow(store: string, path: string): number {
  const segments = path.split('/');
  let fd = openSync(store, directoryFlags);
  for (const [at, segment] of segments.entries()) {
    const parent = fd;
    const flags = at === segments.length - 1 ? fileFlags : directoryFlags;
    try {
      fd = openSync(Buffer.concat([Buffer.from(`/proc/self/fd/${parent}/`), bytesOf(segment)]), flags);
    } catch (cause) {
      throw new UserError('InvalidArchive', `${path} in the store cannot be read: ${asError(cause).message}`, {
        cause,
      });
    } finally {
      closeSync(parent);
    }
  }
  return fd;
}

function refuseUnless(condition: boolean, path: string): asserts condition {
  if (!condition) {
    throw new UserError('InvalidArchive', `${path} changed while it was read`);
  }
}
