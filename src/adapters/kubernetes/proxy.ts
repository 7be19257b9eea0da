import { BlockList, isIP } from 'node:net';
import { UserError } from '../../errors.ts';
import { hostOf, portOf } from './server-url.ts';
import { withoutLogin } from './without-login.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** By way of which proxy the server is asked: the kubeconfig's, else the environment's. Throws `UserError`. */
export function proxyFor(server: URL, given: string | undefined, environment: Environment): URL | undefined {
  if (given === undefined) return proxyOfEnvironment(server, environment);
  const proxy = URL.parse(given);
  if (proxy === null || !['http:', 'https:', 'socks5:'].includes(proxy.protocol) || proxy.hostname === '') {
    throw new UserError(
      'InvalidKubeconfig',
      `the proxy-url "${withoutLogin(given)}" must begin with http://, https:// or socks5://`,
    );
  }
  return proxy;
}

/** golang.org/x/net/http/httpproxy: what kubectl and most programs in Go do. */
function proxyOfEnvironment(server: URL, environment: Environment): URL | undefined {
  const either = (name: string) => environment[name] || environment[name.toLowerCase()] || '';
  const given = either(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (given === '' || isLocal(server) || isExcepted(server, either('NO_PROXY'))) return undefined;
  const proxy = URL.parse(/^[a-z0-9+.-]+:\/\//i.test(given) ? given : `http://${given}`);
  if (proxy === null || !['http:', 'https:', 'socks5:', 'socks5h:'].includes(proxy.protocol)) {
    const what = `the environment's proxy "${withoutLogin(given)}" must be a host and port, or begin with http://, https:// or socks5://`;
    throw new UserError('InvalidEnvironment', what);
  }
  return proxy;
}

function isLocal(server: URL): boolean {
  const host = hostOf(server);
  return host === 'localhost' || (isIP(host) !== 0 && contains(host, '127.0.0.0/8,::1/128'));
}

/** NO_PROXY: `*`, or addresses, networks, names with all names below them, each with a port or without. */
function isExcepted(server: URL, noProxy: string): boolean {
  const host = hostOf(server).toLowerCase();
  const port = String(portOf(server));
  const rules = noProxy.split(',').map((rule) => rule.trim().toLowerCase());
  if (rules.includes('*')) return true;
  return rules.some((rule) => rule !== '' && (contains(host, rule) || matches({ host, port }, rule)));
}

function matches({ host, port }: { readonly host: string; readonly port: string }, rule: string): boolean {
  const [, name = rule, ofPort = ''] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(rule) ?? [];
  if (ofPort !== '' && ofPort !== port) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*\./, '.');
  if (bare === '' || isIP(host) !== 0 || isIP(bare) !== 0) return bare === host;
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}

/** Whether an address is in one of the networks, written as CIDR. */
function contains(host: string, networks: string): boolean {
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  return (
    isIP(host) !== 0 &&
    networks.split(',').some((network) => {
      const [address = '', length = ''] = network.split('/');
      if (isIP(address) !== isIP(host) || !/^\d{1,3}$/.test(length) || Number(length) > (isIP(host) === 6 ? 128 : 32))
        return false;
      const list = new BlockList();
      list.addSubnet(address, Number(length), family);
      return list.check(host, family);
    })
  );
}
