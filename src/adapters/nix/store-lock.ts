import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { InternalError } from '../../errors.ts';

/** A builder without a sandbox may have put a link there, or a pipe, which would have to be waited for. */
const lockFlags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

type LockMode = 'shared' | 'exclusive';

/**
 * Locks the store until disposed of: builds share it, garbage collection and the making of a store are alone. Nix' own temporary roots are no
 * help: they are named by PID, and PIDs repeat between containers.
 *
 * Node has no flock(2). The lock belongs to the open file, not to a process: `flock` takes it on the descriptor it inherits,
 * and this process keeps it by keeping the file open.
 */
export async function lockStore(lockFile: string, mode: LockMode): Promise<AsyncDisposable> {
  const file = await open(lockFile, lockFlags, 0o644);
  try {
    await lockDescriptor(file.fd, mode);
  } catch (cause) {
    await file.close();
    throw new InternalError('InternalError', `cannot lock the store by ${lockFile}`, { cause });
  }
  return { [Symbol.asyncDispose]: () => file.close() };
}

async function lockDescriptor(fd: number, mode: LockMode): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn('flock', [`--${mode}`, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  child.once('error', reject);
  child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`flock ended with ${code}`))));
  await promise;
}
