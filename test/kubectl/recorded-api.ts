import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TLSSocket } from 'node:tls';

/** What a request says of where it goes and who sends it; the user agent and the like aside. */
export interface Asked {
  readonly over: 'http' | 'https';
  readonly host: string;
  readonly path: string;
  readonly authorization: string;
  /** Headers, sorted, as `name: value`. */
  readonly impersonation: readonly string[];
  /** The name in the client's certificate. */
  readonly certificate: string;
  /** The name that the client asked TLS for. */
  readonly servername: string;
}

export interface Pem {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** An API server that knows Pods, of which it has none, and writes down who asks for them. */
export class RecordedApi implements AsyncDisposable {
  readonly #plain = createServer((request, response) => this.#answer(request, response));
  readonly #secure: Server;
  #asked: Asked[] = [];

  private constructor(pem: Pem) {
    const options = { ...pem, requestCert: true, rejectUnauthorized: false };
    this.#secure = createTlsServer(options, (request, response) => this.#answer(request, response));
  }

  static async start(pem: Pem): Promise<RecordedApi> {
    const api = new RecordedApi(pem);
    await Promise.all([listen(api.#plain), listen(api.#secure)]);
    return api;
  }

  get plainPort(): number {
    return portOf(this.#plain);
  }

  get securePort(): number {
    return portOf(this.#secure);
  }

  /** The last request for Pods; whoever looks takes it. */
  take(): Asked | undefined {
    const [last] = this.#asked.filter(({ path }) => path.endsWith('/pods')).slice(-1);
    this.#asked = [];
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#plain, this.#secure]) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#asked.push(askedBy(request));
    const [path = ''] = (request.url ?? '').split('?');
    const answer = answers.find(([end]) => path.endsWith(end))?.[1] ?? { kind: 'Status', code: 404 };
    response.writeHead('code' in answer ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ apiVersion: 'v1', ...answer }));
  }
}

const pods = { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] };
const answers: readonly (readonly [string, object])[] = [
  ['/pods', { kind: 'PodList', metadata: { resourceVersion: '1' }, items: [] }],
  ['/api/v1', { kind: 'APIResourceList', groupVersion: 'v1', resources: [pods] }],
  ['/api', { kind: 'APIVersions', versions: ['v1'] }],
  ['/apis', { kind: 'APIGroupList', groups: [] }],
];

function askedBy({ headers, rawHeaders, url = '', socket }: IncomingMessage): Asked {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[index + 1]}`] : [],
  );
  return {
    host: headers.host ?? '',
    path: url.split('?')[0] ?? '',
    authorization: headers.authorization ?? '',
    impersonation: pairs.filter((pair) => pair.startsWith('impersonate-')).toSorted(),
    ...('getPeerCertificate' in socket
      ? toldByTls(socket as TLSSocket)
      : { over: 'http', certificate: '', servername: '' }),
  };
}

function toldByTls(socket: TLSSocket): Pick<Asked, 'over' | 'certificate' | 'servername'> {
  const subject: unknown = socket.getPeerCertificate()?.subject?.CN;
  const servername: unknown = socket.servername;
  return {
    over: 'https',
    certificate: typeof subject === 'string' ? subject : '',
    servername: typeof servername === 'string' ? servername : '',
  };
}

export async function listen(
  server: { listen(port: number, host: string): unknown } & NodeJS.EventEmitter,
): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

export function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port;
}
