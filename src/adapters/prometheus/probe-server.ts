import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { ceilings } from '../../api/ceilings.ts';
import { keepFew } from './few-sockets.ts';
import type { Metrics } from './metrics.ts';

// An import of node:http as a module reads every export, and with `WebSocket` Node loads undici: 7 MiB that nobody uses.
const { createServer }: typeof import('node:http') = createRequire(import.meta.url)('node:http');

export interface Probes {
  /** False: restarting the process is the only way on. */
  readonly healthy: () => boolean;
  /** False: not yet of use. */
  readonly ready: () => boolean;
  readonly metrics: Metrics;
}

export interface ProbeServer extends AsyncDisposable {
  /** The port it listens on; of use when 0 was asked for. */
  readonly port: number;
}

/** As long as the kubelet waits for an answer (deploy/controller.yaml): one that comes late because the process is busy still counts. */
export const answersWithinMs = 20_000;

/** For who asks a line and reads the answer; who says nothing, or a byte a second, is not waited for. */
const impatient = {
  headersTimeout: answersWithinMs,
  requestTimeout: answersWithinMs,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
};

/** Serves `/healthz`, `/readyz` and `/metrics` on all addresses: the kubelet and Prometheus ask from outside the Pod. */
export async function serveProbes(probes: Probes, port: number): Promise<ProbeServer> {
  const server = createServer(impatient, (request, response) => {
    answer(probes, request.url ?? '/', response).catch(() => response.writeHead(500).end());
  });
  keepFew(server, ceilings.probeConnections.value);
  server.listen(port);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(probes: Probes, url: string, response: ServerResponse): Promise<void> {
  switch (new URL(url, 'http://any').pathname) {
    case '/healthz':
      return say(response, probes.healthy());
    case '/readyz':
      return say(response, probes.ready());
    case '/metrics': {
      const { contentType, text } = await probes.metrics.exposition();
      response.setHeader('content-type', contentType).end(text);
      return;
    }
    default:
      response.writeHead(404).end();
  }
}

function say(response: ServerResponse, ok: boolean): void {
  response.writeHead(ok ? 200 : 503).end(ok ? 'ok' : 'not ok');
}
