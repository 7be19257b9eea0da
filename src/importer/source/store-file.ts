import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { asError, UserError } from '../../errors.ts';

/**
 * The tenant whose store this is may change it at any moment, so a path is no promise: what counts is where the file
 * that was opened lies, which the kernel tells for the open descriptor.
 */
export async function openWithin(root: string, path: string): Promise<FileHandle> {
  const realRoot = await realpath(root);
  const real = await resolveWithin(root, path);
  // Not blocking: a pipe without a writer would hang the open.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(missing(path));
  try {
    const lies = await readlink(`/proc/self/fd/${file.fd}`);
    refuseUnless(isWithin(realRoot, lies), `${path} leads out of ${root}`);
    refuseUnless((await file.stat()).isFile(), `${path} is not a regular file`);
    return file;
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
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

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new UserError('InvalidArchive', problem);
  }
}
