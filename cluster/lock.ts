import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process on this machine does work under the same key; waits for its turn.
 * The lock is a socket in Linux' abstract namespace, so the kernel frees it however its holder ends.
 */
export async function exclusively<T>(key: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const server = await acquire(key, onWait);
  try {
    return await work();
  } finally {
    server.close();
  }
}

/** The same lock, held until `close` or the end of this process; undefined: another process has it. */
export async function tryToHold(key: string): Promise<Pick<Server, 'close'> | undefined> {
  return await listen(pathOf(key));
}

/** The process that has the lock, as it says itself; undefined when none answers. */
export function holderOf(key: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path: pathOf(key) }).setTimeout(2000);
    let said = '';
    socket.on('data', (chunk) => (said += String(chunk)));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(/^\d{1,10}$/.test(said) ? Number(said) : undefined));
  });
}

async function acquire(key: string, onWait: () => void): Promise<Server> {
  for (let attempt = 0; ; attempt++) {
    const server = await listen(pathOf(key));
    if (server !== undefined) return server;
    if (attempt === 0) onWait();
    await sleep(200);
  }
}

function pathOf(key: string): string {
  return `\0enbi-cluster-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ path }, () => resolve(server.unref()));
  });
}
