import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';
import { portOf, serverUrl } from './server-url.ts';

const proxy = 'http://proxy.example:3128';
const over = (server: string, environment: Record<string, string>) =>
  proxyFor(new URL(server), undefined, environment)?.href;

// What Go does with these: golang.org/x/net/http/httpproxy; test/kubectl asks kubectl itself as far as this machine goes.
describe('a proxy of the environment', () => {
  it.each([
    ['https://api.example', { HTTPS_PROXY: proxy }],
    ['https://api.example', { https_proxy: proxy }],
    ['https://api.example', { HTTPS_PROXY: 'proxy.example:3128' }],
    ['http://api.example', { HTTP_PROXY: proxy, HTTPS_PROXY: 'http://other.example' }],
    ['https://10.0.0.1:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.2,10.1.0.0/16,::/0' }],
    [
      'https://api.example',
      { HTTPS_PROXY: proxy, NO_PROXY: 'xapi.example, .api.example,*.api.example,api.example:80, ,:443' },
    ],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '', no_proxy: 'pi.example' }],
  ])('leads to %s by %o', (server, environment) => {
    expect(over(server, environment)).toBe(`${proxy}/`);
  });

  it.each([
    ['https://api.example', {}],
    ['https://api.example', { HTTP_PROXY: proxy }],
    ['http://api.example', { HTTPS_PROXY: proxy }],
    ['https://localhost:6443', { HTTPS_PROXY: proxy }],
    ['https://127.1.2.3', { HTTPS_PROXY: proxy }],
    ['https://[::1]', { HTTPS_PROXY: proxy }],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'a.example,*' }],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: ' API.example ' }],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'example' }],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: '.example' }],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*.example:443' }],
    ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }],
    ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3:6443' }],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]:443' }],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1' }],
  ])('is passed over for %s by %o', (server, environment) => {
    expect(over(server, environment)).toBeUndefined();
  });

  it('that cannot be one is refused', () => {
    expect(() => over('https://api.example', { HTTPS_PROXY: 'ftp://proxy.example' })).toThrow(
      'must be a host and port',
    );
  });

  it.each(['ftp://me:pass@proxy.example', 'ftp://me:pa/ss@proxy.example', 'me:pass@proxy.example:x'])(
    'that is refused does not show the password in %s',
    (given) => {
      const server = new URL('https://api.example');
      expect(() => over(server.href, { HTTPS_PROXY: given })).toThrow(/proxy "(ftp:\/\/)?proxy\.example(:x)?" must/);
      expect(() => proxyFor(server, given, {})).toThrow(/proxy-url "(ftp:\/\/)?proxy\.example(:x)?" must/);
      expect(() => serverUrl(`ftp://${given}`)).toThrow(/the server "ftp:\/\/proxy\.example(:x)?" /);
    },
  );
});

it.each([
  ['http://a.example', 80],
  ['https://a.example', 443],
  ['socks5://a.example', 1080],
  ['socks5h://a.example', 1080],
  ['socks5h://a.example:9', 9],
])('the port of %s is %d', (url, port) => {
  expect(portOf(new URL(url))).toBe(port);
});
