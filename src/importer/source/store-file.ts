import { constants } from 'node:fs';
import { type FileHandle, open, opendir, readlink, realpath, stat } from 'node:fs/promises';
import { asError, UserError } from '../../errors.ts';
import { refuseUnless } from './refusal.ts';

/**
 * The tenant whose store this is may change it at any moment, so a path is no promise: what counts is where the file
 * that was opened lies, which the kernel tells for the open descriptor.
 */
export async function openWithin(root: string, path: string): Promise<FileHandle> {
  // Not blocking: a pipe without a writer would hang the open.
  const file = await openThere(root, path, constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) {
    return file;
  }
  await file.close();
  throw new UserError('InvalidArchive', `${path} is not a regular file`);
}

/** The name of what is in a directory, if it is one thing. */
export async function onlyNameIn(root: string, path: string): Promise<string | undefined> {
  await using file = await openThere(root, path, constants.O_DIRECTORY);
  // Not all of the names: a directory may have millions.
  await using directory = await opendir(`/proc/self/fd/${file.fd}`);
  const first = await directory.read();
  return (await directory.read()) === null ? first?.name : undefined;
}

async function openThere(root: string, path: string, flags: number): Promise<FileHandle> {
  const realRoot = await realpath(root);
  const real = await resolveWithin(root, path);
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | flags).catch(missing(path));
  const lies = await readlink(`/proc/self/fd/${file.fd}`).catch(() => '');
  if (isWithin(realRoot, lies)) {
    return file;
  }
  await file.close();
  throw new UserError('InvalidArchive', `${path} leads out of ${root}`);
}

/** Where a path really lies; a symbolic link from one store path into another is how Nix joins packages. */
export async function resolveWithin(root: string, path: string): Promise<string> {
  const real = await realpath(path).catch(missing(path));
  refuseUnless(isWithin(await realpath(root), real), `${path} leads out of ${root}`);
  return real;
}

export async function kindOf(path: string): Promise<'directory' | 'file' | 'other'> {
  const found = await stat(path).catch(missing(path));
  if (found.isDirectory()) {
    return 'directory';
  }
  return found.isFile() ? 'file' : 'other';
}

function isWithin(root: string, path: string): boolean {
  return path.startsWith(`${root}/`);
}

function missing(path: string) {
  return (thrown: unknown): never => {
    throw new UserError('InvalidArchive', `${path} cannot be read: ${asError(thrown).message}`, { cause: thrown });
  };
}
