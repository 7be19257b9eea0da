import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listen, type Pem, portOf, type RecordedApi } from './recorded-api.ts';

/** Proxies that lead to one API server, whatever host is asked for, and write down what that was. */
export class RecordedProxy implements AsyncDisposable {
  readonly #api: RecordedApi;
  readonly #plain = createServer((asked, answer) => this.#forward(asked, answer));
  readonly #secure: Server;
  readonly #socks = createTcpServer((socket) => void this.#serveSocks(socket));
  readonly #sockets = new Set<Duplex>();
  #asked = new Set<string>();

  private constructor(api: RecordedApi, pem: Pem) {
    this.#api = api;
    this.#secure = createTlsServer(pem, (asked, answer) => this.#forward(asked, answer));
    for (const server of [this.#plain, this.#secure]) {
      server.on('connect', (asked: IncomingMessage, socket: Duplex) => this.#lead(asked, socket));
    }
    for (const server of [this.#plain, this.#secure, this.#socks]) {
      server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    }
  }

  static async start(api: RecordedApi, pem: Pem): Promise<RecordedProxy> {
    const proxy = new RecordedProxy(api, pem);
    await Promise.all([listen(proxy.#plain), listen(proxy.#secure), listen(proxy.#socks)]);
    return proxy;
  }

  get plainPort(): number {
    return portOf(this.#plain);
  }

  get securePort(): number {
    return portOf(this.#secure);
  }

  get socksPort(): number {
    return portOf(this.#socks);
  }

  /** What was asked for since the last look, each once. */
  take(): readonly string[] {
    const asked = [...this.#asked].toSorted();
    this.#asked = new Set();
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of [this.#plain, this.#secure, this.#socks]) {
      server.close();
      await once(server, 'close');
    }
  }

  /** A request that is for the server as it stands. */
  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const { origin, pathname, search } = new URL(asked.url ?? '');
    this.#asked.add(`${origin} ${asked.headers['proxy-authorization'] ?? ''}`);
    const { 'proxy-authorization': _, ...headers } = asked.headers;
    const to = {
      host: '127.0.0.1',
      port: this.#api.plainPort,
      path: `${pathname}${search}`,
      method: asked.method,
      headers,
    };
    const sent = request(to, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    sent.on('error', () => answer.destroy());
    asked.pipe(sent);
  }

  #lead(asked: IncomingMessage, socket: Duplex): void {
    this.#asked.add(`CONNECT ${asked.url} ${asked.headers['proxy-authorization'] ?? ''}`);
    if (asked.url?.startsWith('forbidden.') === true) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    this.#join(socket, this.#api.securePort);
  }

  #join(near: Duplex, port: number): void {
    const far = connect(port, '127.0.0.1');
    this.#sockets.add(far);
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  }

  /** RFC 1928; whoever has a name for it must have `name` and `word`. */
  async #serveSocks(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const who = await greeted(socket);
    if (who === undefined) return;
    const { kind, host, port } = await targetOf(socket);
    this.#asked.add(`SOCKS ${kind} ${host}:${port} ${who}`);
    if (host.startsWith('forbidden.')) {
      socket.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]));
      return;
    }
    socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]));
    this.#join(socket, port === 80 ? this.#api.plainPort : this.#api.securePort);
  }
}

/** Who it is; undefined: sent away. */
async function greeted(socket: Socket): Promise<string | undefined> {
  const [, count = 0] = await take(socket, 2);
  const wantsName = (await take(socket, count)).includes(2);
  socket.write(Buffer.from([5, wantsName ? 2 : 0]));
  if (!wantsName) return '';
  const who = await nameAndWord(socket);
  socket.write(Buffer.from([1, who === 'name:word' ? 0 : 1]));
  return who === 'name:word' ? who : undefined;
}

async function targetOf(socket: Socket) {
  const [, , , kind = 0] = await take(socket, 4);
  const host = kind === 3 ? String(await sized(socket)) : [...(await take(socket, kind === 1 ? 4 : 16))].join('.');
  return { kind, host, port: (await take(socket, 2)).readUInt16BE() };
}

async function nameAndWord(socket: Socket): Promise<string> {
  await take(socket, 1);
  return `${String(await sized(socket))}:${String(await sized(socket))}`;
}

async function sized(socket: Socket): Promise<Buffer> {
  const [length = 0] = await take(socket, 1);
  return await take(socket, length);
}

async function take(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = socket.read(length);
    if (Buffer.isBuffer(bytes)) return bytes;
    await once(socket, 'readable');
  }
}
