import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { cannotBeRead, locate } from './descent.ts';

/** A regular file of the store; a link may lead to it, from inside to inside. */
export async function openWithin(root: string, path: string): Promise<FileHandle> {
  // Not blocking: a pipe without a writer would hang the open.
  const file = await openThere(root, path, constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) {
    return file;
  }
  await file.close();
  throw new UserError('InvalidArchive', `${path} is not a regular file`);
}

/** The names of what is in a directory; undefined: there are more. Not all are read then, a directory may have millions. */
export async function namesIn(root: string, path: string, most: number): Promise<string[] | undefined> {
  await using file = await openThere(root, path, constants.O_DIRECTORY);
  await using directory = await opendir(`/proc/self/fd/${file.fd}`);
  const names: string[] = [];
  for (let entry = await directory.read(); entry !== null; entry = await directory.read()) {
    if (names.length === most) return undefined;
    names.push(entry.name);
  }
  return names.toSorted();
}

async function openThere(root: string, path: string, flags: number): Promise<FileHandle> {
  await using found = await locate(root, path);
  try {
    return await open(found.at, constants.O_RDONLY | constants.O_NOFOLLOW | flags);
  } catch (thrown) {
    throw cannotBeRead(path, thrown);
  }
}

/** Where a path really lies; a symbolic link from one store path into another is how Nix joins packages. */
export async function resolveWithin(root: string, path: string): Promise<string> {
  await using found = await locate(root, path);
  await describe(found.at, path);
  return found.path;
}

export async function kindOf(root: string, path: string): Promise<'directory' | 'file' | 'other'> {
  await using found = await locate(root, path);
  const stats = await describe(found.at, path);
  if (stats.isDirectory()) {
    return 'directory';
  }
  return stats.isFile() ? 'file' : 'other';
}

async function describe(at: string, path: string): Promise<Stats> {
  try {
    return await lstat(at);
  } catch (thrown) {
    throw cannotBeRead(path, thrown);
  }
}
