import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
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

async function acquire(key: string, onWait: () => void): Promise<Server> {
  const path = `\0enbi-cluster-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  for (let attempt = 0; ; attempt++) {
    const server = await listen(path);
    if (server !== undefined) return server;
    if (attempt === 0) onWait();
    await sleep(200);
  }
}

function listen(path: string): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ path }, () => resolve(server.unref()));
  });
}
