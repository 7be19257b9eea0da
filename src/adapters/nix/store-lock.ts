import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { InternalError } from '../../errors.ts';

/**
 * Holds a shared lock on the store until disposed of; garbage collection takes it exclusively. Nix' own temporary roots are no
 * help: they are named by PID, and PIDs repeat between containers.
 *
 * Node has no flock(2). The lock belongs to the open file, not to a process: `flock` takes it on the descriptor it inherits,
 * and this process keeps it by keeping the file open.
 */
export async function holdStore(lockFile: string): Promise<AsyncDisposable> {
  const file = await open(lockFile, 'a', 0o644);
  try {
    await lockDescriptor(file.fd);
  } catch (cause) {
    await file.close();
    throw new InternalError('InternalError', `cannot lock the store by ${lockFile}`, { cause });
  }
  return { [Symbol.asyncDispose]: () => file.close() };
}

async function lockDescriptor(fd: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn('flock', ['--shared', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  child.once('error', reject);
  child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`flock ended with ${code}`))));
  await promise;
}
