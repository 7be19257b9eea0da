import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { certificateFiles } from '../../../cluster/certificates.ts';
import type { ClusterAccess, TlsAccess } from '../../../src/adapters/kubernetes/cluster-access.ts';
import type { Session } from './session.ts';

/**
 * The one server that all controllers are given for the API server. Whose request it is stands at the beginning of the path,
 * where a kubeconfig may have something.
 */
export class Proxy {
  readonly #server: Server;
  readonly #access: ClusterAccess;
  readonly #tls: TlsAccess;
  readonly #sessions = new Map<string, Session>();
  #count = 0;

  private constructor(server: Server, access: ClusterAccess) {
    this.#server = server;
    this.#access = access;
    // Read once: of each of a controller's twenty connections it would be a tenth of the work.
    this.#tls = { secureContext: createSecureContext({ ca: access.tls.ca }) };
    server.on('request', (incoming, response) => void this.#handle(incoming, response));
  }

  /** It is the API server, as far as its certificate goes. */
  static async start(access: ClusterAccess, pki: string): Promise<Proxy> {
    const { certificate, key } = certificateFiles(pki, 'apiserver');
    const server = createServer({
      cert: await readFile(certificate),
      key: await readFile(key),
      keepAliveTimeout: 60_000,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Proxy(server, access);
  }

  /** How a controller gets to its session. */
  open(session: Session): ClusterAccess {
    const name = `s${++this.#count}`;
    this.#sessions.set(name, session);
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return { ...this.#access, tls: this.#tls, server: new URL(`https://127.0.0.1:${address.port}/${name}`) };
  }

  forget(session: Session): void {
    for (const [name, known] of this.#sessions) if (known === session) this.#sessions.delete(name);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, name = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(incoming.url ?? '') ?? [];
    const session = this.#sessions.get(name);
    if (session === undefined) return void response.destroy();
    session.adopt(incoming.socket);
    try {
      await session.handle(incoming, response, path);
    } catch (thrown) {
      response.destroy();
      session.failed(thrown);
    }
  }
}
