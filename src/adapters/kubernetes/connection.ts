import type { ClientRequest, IncomingMessage } from 'node:http';
import { asError, TransientError } from '../../errors.ts';
import type { WriteGuard } from '../../runtime/kube-client.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { Dialer } from './dialer.ts';
import { headerValue } from './header-value.ts';
import { KnowingAgent } from './knowing-agent.ts';
import { request as httpRequest } from './node-http.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
  readonly signal: AbortSignal;
  /** Asked when the body is about to leave: the server does nothing before it has it. */
  readonly guard?: WriteGuard | undefined;
  /** A request that lives for minutes gets a socket of its own, so that it takes none from the others. */
  readonly longLived?: boolean;
}

export interface ConnectionOptions {
  readonly userAgent: string;
  readonly maxSockets: number;
  readonly onAnswer?: Answered | undefined;
}

/** Told of every attempt: its status code, or `<error>` when nothing answered. */
export type Answered = (method: string, code: string) => void;

/** Requests to one API server over few kept-alive sockets. A new TLS connection for each call is 11 to 19 times slower. */
export class Connection {
  readonly #access: ClusterAccess;
  readonly #dialer: Dialer;
  readonly #userAgent: string;
  readonly #onAnswer: Answered;
  readonly #shared: KnowingAgent;
  readonly #ownSocket: KnowingAgent;

  constructor(access: ClusterAccess, { userAgent, maxSockets, onAnswer }: ConnectionOptions) {
    this.#access = access;
    this.#userAgent = userAgent;
    this.#onAnswer = onAnswer ?? (() => undefined);
    this.#dialer = new Dialer(access);
    this.#shared = new KnowingAgent(this.#dialer, {
      keepAlive: true,
      maxSockets,
      maxFreeSockets: maxSockets,
      scheduling: 'lifo',
    });
    this.#ownSocket = new KnowingAgent(this.#dialer, { keepAlive: false });
  }

  /** The answer's head; whoever asked reads the body. Rejects with `TransientError` when there is no answer. */
  async send(request: ApiRequest): Promise<IncomingMessage> {
    const response = await this.#sendOnGoodSocket(request);
    const { tokenRefused } = this.#access;
    if (response.statusCode !== 401 || tokenRefused === undefined) return response;
    response.resume();
    tokenRefused();
    return this.#sendOnGoodSocket(request);
  }

  async #sendOnGoodSocket(request: ApiRequest): Promise<IncomingMessage> {
    try {
      return await this.#attempt(request);
    } catch (thrown) {
      if (!isStaleSocket(thrown) || request.method === 'POST') throw thrown;
      // The other idle sockets were most likely cut by the same restart.
      this.#closeIdleSockets();
      return this.#attempt(request);
    }
  }

  close(): void {
    this.#shared.destroy();
    this.#ownSocket.destroy();
  }

  async #attempt(request: ApiRequest): Promise<IncomingMessage> {
    const token = await this.#access.bearerToken?.();
    return await new Promise((resolve, reject) => {
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      const agent = request.longLived === true ? this.#ownSocket : this.#shared;
      const { method, signal } = request;
      const target = this.#dialer.request(request.path);
      const options = { ...target, method, signal, agent, headers: this.#headers(request, token, body) };
      const sent = httpRequest(options, (response) => {
        this.#onAnswer(method, String(response.statusCode));
        resolve(response);
      });
      let isReused = false;
      sent.once('socket', (socket) => {
        isReused = agent.isReady(socket);
        const { guard } = request;
        if (guard !== undefined) agent.whenReady(socket, () => endGuarded(sent, body, guard));
      });
      sent.on('error', (error) => {
        this.#onAnswer(method, '<error>');
        reject(error instanceof TransientError ? error : unanswered(error, request, isReused));
      });
      if (request.guard === undefined) sent.end(body);
    });
  }

  #headers({ contentType = 'application/json' }: ApiRequest, token: string | undefined, body: string | undefined) {
    return {
      accept: 'application/json, */*',
      'user-agent': this.#userAgent,
      ...this.#dialer.headers,
      ...this.#access.headers,
      ...(token !== undefined && { authorization: headerValue(`Bearer ${token}`, 'the token') }),
      ...(body !== undefined && { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) }),
    };
  }

  #closeIdleSockets(): void {
    for (const sockets of Object.values(this.#shared.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

/** However long the socket took to open, or the process stood still meanwhile: what is late does not leave. */
function endGuarded(sent: ClientRequest, body: string | undefined, guard: WriteGuard): void {
  try {
    guard.check();
    sent.end(body);
  } catch (thrown) {
    sent.destroy(asError(thrown));
  }
}

/** The request died on a kept-alive socket that the server had closed: it was most likely never read. */
class StaleSocketError extends TransientError {}

function isStaleSocket(thrown: unknown): boolean {
  return thrown instanceof StaleSocketError;
}

function unanswered(cause: Error, { method, path, signal }: ApiRequest, reusedSocket: boolean): TransientError {
  const what = `${method} ${path}: ${signal.aborted ? 'no answer in time' : cause.message}`;
  const isCut = 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
  const kind = reusedSocket && isCut && !signal.aborted ? StaleSocketError : TransientError;
  return new kind('NetworkUnreachable', what, { cause });
}
