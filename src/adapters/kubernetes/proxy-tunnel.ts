import type { RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { request as httpRequest } from './node-http.ts';
import { hostOf, portOf } from './server-url.ts';
import { socksTunnel } from './socks-tunnel.ts';

const deadlineMs = 30_000;

export interface Tunnel {
  readonly proxy: URL;
  readonly server: URL;
  /** For a proxy that speaks TLS itself: like Go, with what the server is trusted by. */
  readonly tls: ConnectionOptions;
}

/** A stream to the server that begins behind the proxy, once that has agreed. */
export async function openTunnel(tunnel: Tunnel): Promise<Socket> {
  const { proxy, server } = tunnel;
  const target = { host: hostOf(server), port: portOf(server) };
  return proxy.protocol.startsWith('socks5')
    ? await socksTunnel(proxy, target, deadlineMs)
    : await connectTunnel(tunnel);
}

function connectTunnel({ proxy, server, tls }: Tunnel): Promise<Socket> {
  const authority = `${server.hostname}:${portOf(server)}`;
  const options: RequestOptions & ConnectionOptions = {
    ...tls,
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    agent: false,
    timeout: deadlineMs,
  };
  return new Promise((resolve, reject) => {
    const sent = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)(options);
    sent.once('connect', ({ statusCode, statusMessage }, socket, head) => {
      if (statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        socket.setTimeout(0);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} does not lead to ${authority}: ${statusCode} ${statusMessage}`));
    });
    sent.once('timeout', () => sent.destroy(new Error(`the proxy ${proxy.host} does not answer`)));
    sent.once('error', reject);
    sent.end();
  });
}

/** The name and password in the proxy's URL. */
export function proxyAuthorization({ username, password }: URL): { readonly 'proxy-authorization'?: string } {
  if (username === '' && password === '') return {};
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { 'proxy-authorization': `Basic ${pair}` };
}
