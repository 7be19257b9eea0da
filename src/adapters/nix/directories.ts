import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, statfs } from 'node:fs/promises';
import type { Directories, Owner } from '../../builder/ports.ts';
import { asError, InternalError, TransientError } from '../../errors.ts';
import { codeOf } from './error-code.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const maxSmallBytes = 4096;

/**
 * Directories below `root`, each opened from its parent's descriptor and never through a link: the parents from a store's
 * `nix` on belong to a tenant, who may exchange them at any moment. Node has no openat(2); `/proc/self/fd/<n>/name` is the same.
 */
export function createDirectories(root: string): Directories {
  return {
    ensure: async (path, owner) => {
      await named(path, async () => {
        await using directory = await walk(root, path, true);
        await own(directory, owner);
      });
    },
    readSmall: (path) => named(path, () => readSmall(root, path)),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    },
  };
}

async function own(directory: FileHandle, { uid, mode }: Owner): Promise<void> {
  const before = await directory.stat();
  if (before.uid !== uid || before.gid !== uid) await directory.chown(uid, uid);
  if ((before.mode & 0o7777) !== mode) await directory.chmod(mode);
}

/** Opens `root` and then one segment after the other; makes what is missing if asked to. */
async function walk(root: string, path: readonly string[], make: boolean): Promise<FileHandle> {
  if (make) await mkdir(root, { recursive: true, mode: 0o755 });
  let directory = await open(root, directoryOnly);
  for (const segment of path) {
    try {
      const child = await enter(directory, segment, make);
      await directory.close();
      directory = child;
    } catch (error) {
      await directory.close();
      throw error;
    }
  }
  return directory;
}

async function enter(parent: FileHandle, segment: string, make: boolean): Promise<FileHandle> {
  if (segment === '' || segment === '.' || segment === '..' || segment.includes('/'))
    throw new InternalError('InternalError', 'not a directory name');
  const path = `/proc/self/fd/${parent.fd}/${segment}`;
  if (make) {
    await mkdir(path, { mode: 0o755 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
  return await open(path, directoryOnly);
}

async function readSmall(root: string, path: readonly string[]): Promise<string | undefined> {
  try {
    await using directory = await walk(root, path.slice(0, -1), false);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(`/proc/self/fd/${directory.fd}/${path.at(-1)}`, flags);
    // A device or a pipe would be as much a stranger's as a link.
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxSmallBytes), 0, maxSmallBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** Errors of the disk as the four classes. A link or a file in a directory's place is tampering: nothing here mends it. */
async function named<T>(path: readonly string[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const code = codeOf(cause);
    const text = `${path.join('/')}: ${asError(cause).message}`;
    if (code === 'ELOOP' || code === 'ENOTDIR')
      throw new InternalError('StorePreparationFailed', `not a directory: ${text}`, { cause });
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new TransientError('DiskFull', text, { cause });
    if (code !== undefined) throw new TransientError('StorePreparationFailed', text, { cause });
    throw cause;
  }
}
