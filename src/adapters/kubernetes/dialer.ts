import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls';
import { asError, UserError } from '../../errors.ts';
import type { ClusterAccess, Headers, TlsAccess } from './cluster-access.ts';
import { openTunnel, proxyAuthorization } from './proxy-tunnel.ts';
import { hostOf, portOf } from './server-url.ts';

/** Opens connections to one API server, by way of its proxy where there is one. */
export class Dialer {
  readonly #server: URL;
  readonly #proxy: URL | undefined;
  readonly #tls: ConnectionOptions;

  /** Throws `UserError` when the certificates cannot be used. */
  constructor({ server, proxy, tls }: ClusterAccess) {
    this.#server = server;
    this.#proxy = proxy;
    this.#tls = server.protocol === 'https:' || proxy?.protocol === 'https:' ? tlsOptions(tls) : {};
  }

  /** What a socket says when it is ready for a request. */
  get readyEvent(): 'connect' | 'secureConnect' {
    const speaker = this.#isForwarded ? this.#proxy : this.#server;
    return speaker?.protocol === 'https:' ? 'secureConnect' : 'connect';
  }

  /** What a request must say for the server, or the proxy, to know where it is meant to go. */
  request(path: string) {
    const { protocol, pathname, username, password } = this.#server;
    const whole = `${pathname.replace(/\/$/, '')}${path}`;
    return {
      host: hostOf(this.#server),
      port: portOf(this.#server),
      defaultPort: protocol === 'https:' ? 443 : 80,
      path: this.#isForwarded ? `${this.#server.origin}${whole}` : whole,
      ...(username === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
    };
  }

  /** What a proxy that reads the requests wants to know. */
  get headers(): Headers {
    return this.#isForwarded && this.#proxy !== undefined ? { ...proxyAuthorization(this.#proxy) } : {};
  }

  /** A socket on its way to be ready, or what will be one. */
  dial(): Socket | Promise<Socket> {
    const proxy = this.#proxy;
    if (proxy === undefined) return this.#connect(this.#server);
    if (this.#isForwarded) return this.#connect(proxy);
    return openTunnel({ proxy, server: this.#server, tls: this.#tlsFor(proxy) }).then((socket) =>
      this.#server.protocol === 'https:' ? connectTls({ ...this.#tlsFor(this.#server), socket }) : socket,
    );
  }

  /** A proxy for HTTP reads plain requests and passes them on; whatever else there is goes through it unseen. */
  get #isForwarded(): boolean {
    return this.#server.protocol === 'http:' && this.#proxy?.protocol.startsWith('http') === true;
  }

  #connect(to: URL): Socket {
    const address = { host: hostOf(to), port: portOf(to) };
    return to.protocol === 'https:' ? connectTls({ ...this.#tlsFor(to), ...address }) : connectTcp(address);
  }

  /** For whom the other side's certificate must be; an address is no name to ask for. */
  #tlsFor(peer: URL): ConnectionOptions {
    const name = this.#tls.servername || hostOf(peer);
    return {
      ...this.#tls,
      servername: isIP(name) === 0 ? name : '',
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    };
  }
}

function tlsOptions({ servername, rejectUnauthorized = true, ...tls }: TlsAccess): ConnectionOptions {
  return {
    secureContext: tls.secureContext ?? secureContextOf(tls),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized,
    ...(servername === undefined ? {} : { servername }),
  };
}

function secureContextOf({ ca, cert, key }: TlsAccess): SecureContext {
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new UserError('InvalidKubeconfig', 'there is no certificate in the certificate-authority of the kubeconfig');
  }
  try {
    // Like every program in Go, kubectl trusts whom the machine trusts; Node has a list of its own.
    const trusted = ca ?? [...getCACertificates('default'), ...getCACertificates('system')];
    return createSecureContext({ ca: trusted, cert, key });
  } catch (thrown) {
    const what = `the certificates or the key of the kubeconfig cannot be used: ${asError(thrown).message}`;
    throw new UserError('InvalidKubeconfig', what, { cause: thrown });
  }
}
