import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Health {
  /** Everything is watched and complete; until then the kubelet sends nobody here. */
  isReady(): boolean;
  /** Nothing hangs; the kubelet restarts what says no. */
  isHealthy(): boolean;
}

/** Answers the kubelet's probes at /readyz and /healthz until the signal aborts. Returns when it listens. */
export async function serveHealth(health: Health, port: number, signal: AbortSignal): Promise<void> {
  const server = createServer((request, response) => {
    const { status, text } = answerTo(request.url, health);
    response.writeHead(status).end(`${text}\n`);
  });
  server.listen({ port, signal });
  await once(server, 'listening');
}

function answerTo(path: string | undefined, health: Health): { status: number; text: string } {
  if (path !== '/readyz' && path !== '/healthz') return { status: 404, text: 'not found' };
  const isWell = path === '/readyz' ? health.isReady() : health.isHealthy();
  return isWell ? { status: 200, text: 'ok' } : { status: 503, text: 'not yet' };
}
