import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ceilings } from '../../api/ceilings.ts';
import { asError, InternalError, TransientError } from '../../errors.ts';
import { codeOf } from './error-code.ts';

/**
 * The two containers of a build Pod start together, and `build` begins when `fetch` has ended, however that was: killed for
 * memory it writes no file. But the kernel closes its sockets. This one lies where `fetch` alone may write; whoever connects to it
 * needs no write access to the mount (unix_find_bsd in Linux' net/unix/af_unix.c asks the inode, and that is no file).
 */
const socketName = 'fetch';
/** More than ask. Nothing is read from them. */
const mostListeners = 8;
const lookAgainMs = 100;

/** Of fetch: until this process ends, whoever connects is kept on the line. */
export async function showLife(directory: string): Promise<void> {
  const server = createServer((listener) => listener.on('error', () => {}).unref()).unref();
  server.maxConnections = mostListeners;
  // Only one that answers is seen under the name. And Node removes what it made, under the first one: a name that refuses says
  // that fetch has ended, one that is not there that it has not begun.
  const unnamed = join(directory, `${socketName}.new`);
  await rm(unnamed, { force: true });
  server.listen(unnamed);
  await once(server, 'listening');
  await rename(unnamed, join(directory, socketName));
}

/** Of build in a builder that stays: nobody is there who would fetch. */
export class FetchHasEnded extends Error {}

export interface FetchWait {
  readonly patienceMs?: number;
  /** A file that says that container fetch has ended: what it has not begun by then it does not begin. */
  readonly mark?: string;
}

/** Of build: waits until fetch has begun and has ended. */
export async function fetchEnds(directory: string, signal: AbortSignal, wait: FetchWait = {}): Promise<void> {
  const path = join(directory, socketName);
  try {
    // Where it lived, it has ended now, or is begun anew.
    while ((await firstSeen(path, signal, wait)) === 'lived') await pause(1, undefined, { signal });
  } catch (cause) {
    if (cause instanceof TransientError || cause instanceof FetchHasEnded) throw cause;
    if (signal.aborted) throw new TransientError('PodLost', 'the Pod was told to stop', { cause });
    throw new InternalError('InternalError', 'cannot tell whether container fetch runs', { cause });
  }
}

/** Waits until fetch has begun, and is patient for so long; while it lives, for as long as it takes. */
async function firstSeen(path: string, signal: AbortSignal, { patienceMs = beginsMs, mark }: FetchWait) {
  const late = AbortSignal.timeout(patienceMs);
  while (!late.aborted) {
    // The mark comes after the socket is gone, or never was.
    const isMarked = mark !== undefined && existsSync(mark);
    const seen = await hearOf(path, signal);
    if (seen === 'lived' || seen === 'ended') return seen;
    if (seen === 'not begun' && isMarked) throw new FetchHasEnded('container fetch has ended');
    await pause(lookAgainMs, undefined, { signal });
  }
  throw new TransientError('PodLost', neverBegan);
}

const beginsMs = ceilings.fetchBegins.value * 1000;
const neverBegan = 'the build was not begun: container fetch did not begin';

/** Stays on the line while fetch lives. A name that is not there any more then is that of an order that was cancelled. */
async function hearOf(path: string, signal: AbortSignal): Promise<Seen> {
  const socket = connect(path).resume();
  const stop = () => socket.destroy(asError(signal.reason));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await once(socket, 'close');
    return 'lived';
  } catch (thrown) {
    const seen = meanings.get(codeOf(thrown) ?? '');
    if (seen === undefined) throw thrown;
    return seen;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type Seen = 'lived' | 'busy' | 'not begun' | 'ended';

const meanings: ReadonlyMap<string, Seen> = new Map([
  ['ENOENT', 'not begun'],
  ['EAGAIN', 'busy'],
  ['ECONNRESET', 'lived'],
  ['EPIPE', 'lived'],
  ['ECONNREFUSED', 'ended'],
]);
