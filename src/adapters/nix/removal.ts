import { constants } from 'node:fs';
import { type FileHandle, open, opendir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { directoryOf } from '../../api/order.ts';
import type { StoreRemoval } from '../../builder/ports.ts';
import { asError, TransientError } from '../../errors.ts';
import { codeOf } from './error-code.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Removes stores below `root`, in which a tenant may have put anything: no link is followed, and however deep a directory lies, it
 * is first moved up into `root`, so that every path here has one segment and a tree of a million levels needs one descriptor.
 * What agents have learnt from a store lies in a directory of its name below `memories`, and goes with it.
 * `holders` are removed at the end if nothing is left in them, from the innermost out.
 */
export function createRemoval(root: string, memories: string, holders: readonly string[]): StoreRemoval {
  return {
    removeOne: async (place) => {
      const directory = directoryOf(place);
      const learnt = await removeNamed(memories, directory, [directory]);
      return learnt + (await removeNamed(root, directory, [beside(directory), directory]));
    },
    removeAll: async () => {
      const removed = (await removeWithin(memories)) + (await removeWithin(root));
      for (const holder of [memories, root, ...holders]) await rmdir(holder).catch(unlessItStays);
      return removed;
    },
  };
}

/** There imports kept what they had learnt when each was a Job. No scope is called so. */
function beside(directory: string): string {
  return `${directory}.import`;
}

/** Also what an interrupted removal of them has left. */
function removeNamed(root: string, directory: string, names: readonly string[]): Promise<number> {
  return inRoot(root, async (opened) => {
    const begun = (await readdir(root)).filter((name) => name.startsWith(mark) && movedFrom(name) === directory);
    return await removeTrees(opened, directory, [...begun, ...names]);
  });
}

function removeWithin(root: string): Promise<number> {
  return inRoot(root, async (opened) => {
    let files = 0;
    for (const name of await readdir(root)) files += await removeTrees(opened, movedFrom(name), [name]);
    return files;
  });
}

/** What an interrupted removal moved up is found by it again: `.removed-<directory>.<number>`. No tenant's name begins with a dot. */
const mark = '.removed-';

/** The directory of a store that something below `root` came from. */
function movedFrom(name: string): string {
  return name.startsWith(mark) ? name.slice(mark.length, Math.max(mark.length, name.lastIndexOf('.'))) : name;
}

/** Where the root is missing there is nothing; what goes missing below it while it is removed is a failure like any other. */
async function inRoot(root: string, act: (stores: FileHandle) => Promise<number>): Promise<number> {
  try {
    await using stores = await openIfThere(root);
    return stores === undefined ? 0 : await act(stores);
  } catch (cause) {
    throw new TransientError('StoreNotRemoved', `${root}: ${asError(cause).message}`, { cause });
  }
}

async function openIfThere(root: string): Promise<FileHandle | undefined> {
  try {
    return await open(root, directoryOnly);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** How many files were removed. */
async function removeTrees(stores: FileHandle, directory: string, names: readonly string[]): Promise<number> {
  const below = (name: string) => `/proc/self/fd/${stores.fd}/${name}`;
  const trees = [...names];
  const taken = new Set(names);
  let [files, moved] = [0, 0];
  const moveUp = async (path: Path) => {
    let name = '';
    do name = `${mark}${directory}.${moved++}`;
    while (taken.has(name));
    await rename(path, below(name));
    trees.push(name);
  };
  for (let name = trees.pop(); name !== undefined; name = trees.pop()) files += await removeTree(below(name), moveUp);
  return files;
}

/** One directory with what is right in it; its own directories are handed to `moveUp`. A link or a file goes as itself. */
async function removeTree(path: string, moveUp: (path: Path) => Promise<void>): Promise<number> {
  let directory: FileHandle;
  try {
    directory = await open(path, directoryOnly);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    if (codeOf(error) !== 'ELOOP' && codeOf(error) !== 'ENOTDIR') throw error;
    await unlink(path);
    return 1;
  }
  await using opened = directory;
  let files = 0;
  // A directory that shrinks while it is read may leave entries out.
  for (let left = true; left; left = await isLeft(path)) files += await empty(`/proc/self/fd/${opened.fd}`, moveUp);
  return files;
}

/** A name is any bytes: read as text it might name something else. */
type Path = Buffer;

async function empty(path: string, moveUp: (path: Path) => Promise<void>): Promise<number> {
  let files: Promise<void>[] = [];
  let count = 0;
  // Latin-1 has a character for each byte.
  for await (const entry of await opendir(path, { bufferSize: batch, encoding: 'latin1' })) {
    const below = Buffer.from(`${path}/${entry.name}`, 'latin1');
    if (entry.isDirectory()) await moveUp(below);
    else files.push(unlink(below));
    if (files.length < batch) continue;
    count += (await Promise.all(files)).length;
    files = [];
  }
  return count + (await Promise.all(files)).length;
}

const batch = 256;

async function isLeft(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOTEMPTY') return true;
    throw error;
  }
}

/** A disk that was mounted there, a link in its place, something in it that is not enbi's: it stays. */
function unlessItStays(error: unknown): void {
  if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR'].includes(codeOf(error) ?? '')) {
    throw new TransientError('StoreNotRemoved', asError(error).message, { cause: error });
  }
}
