import { UserError } from '../../errors.ts';
import { withoutLogin } from './without-login.ts';

/** A URL, or host and port for which http is meant (client-go/rest/url_utils.go). Throws `UserError`. */
export function serverUrl(server: string): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(server);
  const url = URL.parse(hasScheme ? server : `http://${server}`);
  if (url === null || (!hasScheme && url.pathname !== '/')) {
    throw new UserError(
      'InvalidKubeconfig',
      `the server "${withoutLogin(server)}" is neither a URL nor a host with a port`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UserError(
      'InvalidKubeconfig',
      `the server "${withoutLogin(server)}" must begin with https:// or http://`,
    );
  }
  return url;
}

/** Without the brackets that a URL needs around an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'socks5:': 1080,
  'socks5h:': 1080,
};

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (defaultPorts[protocol] ?? 443) : Number(port);
}
