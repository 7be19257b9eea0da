import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { createSecureContext } from 'node:tls';
import type { ClusterAccess } from '../../../src/adapters/kubernetes/cluster-access.ts';

export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
}

export interface RawAnswer {
  readonly code: number;
  readonly text: string;
  readonly contentType: string;
}

/**
 * The API server without any of the care that enbi's own client takes: for the stand-in and for what the proxy passes on. What
 * is tried here must not also be what is tried with.
 */
export class RawApi {
  readonly #access: ClusterAccess;
  readonly #shared: Agent;
  readonly #ownSocket: Agent;

  constructor(access: ClusterAccess) {
    this.#access = access;
    const secureContext = createSecureContext(access.tls);
    this.#shared = new Agent({ secureContext, keepAlive: true, maxSockets: 24 });
    this.#ownSocket = new Agent({ secureContext, keepAlive: false });
  }

  async ask(asked: RawRequest): Promise<RawAnswer> {
    const response = await this.#send(asked, this.#shared);
    const contentType = response.headers['content-type'] ?? 'application/json';
    return { code: response.statusCode ?? 0, text: await text(response), contentType };
  }

  /** Ends when the server ends the watch or the connection is cut. */
  async watch(path: string, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
    const response = await this.#send({ method: 'GET', path }, this.#ownSocket, signal);
    if (response.statusCode !== 200) throw new Error(`watch ${path}: ${await text(response)}`);
    for await (const line of createInterface({ input: response })) onLine(line);
  }

  /** The answer as it comes, to whoever asked. */
  async pass(path: string, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = await this.#send({ method: 'GET', path }, this.#ownSocket, gone.signal);
    response.writeHead(answer.statusCode ?? 0, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
    answer.on('error', () => response.destroy()).pipe(response);
  }

  close(): void {
    this.#shared.destroy();
    this.#ownSocket.destroy();
  }

  #send(
    { method, path, body, contentType = 'application/json' }: RawRequest,
    agent: Agent,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = {
        accept: 'application/json, */*',
        ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
      };
      const options = { method, agent, headers, ...(signal === undefined ? {} : { signal }) };
      request(new URL(path, this.#access.server), options, resolve).on('error', reject).end(body);
    });
  }
}
