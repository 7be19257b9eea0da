import { atHome, base64, type Ground, kubeconfig, type Row, token, trusted } from './situation.ts';

export const reaching: readonly Row[] = [
  ['http', 'goes', ({ plain }) => atHome({ server: plain }, token)],
  ['a host and a port', 'goes', ({ api }) => atHome({ server: `127.0.0.1:${api.plainPort}` }, token)],
  ['a path', 'goes', (on) => atHome({ ...trusted(on), server: `${on.secure}/k8s/c1/` }, token)],
  ['a name', 'goes', (on) => atHome({ ...trusted(on), server: named(on) }, token)],
  [
    'a name and a password in its URL',
    'goes',
    ({ api }) => atHome({ server: `http://ann:word@127.0.0.1:${api.plainPort}` }),
  ],
  ['a host with a path', 'is refused', ({ api }) => atHome({ server: `127.0.0.1:${api.plainPort}/k8s` }, token)],
  ['another protocol', 'is refused', ({ api }) => atHome({ server: `ftp://127.0.0.1:${api.plainPort}` }, token)],
  ...['30s', '1m30s', '7', '0', '0.5h'].map(
    (text): Row => [
      `a timeout of ${text}`,
      'goes',
      (on) => ({ ...atHome(trusted(on), token), args: [`--request-timeout=${text}`] }),
    ],
  ),
  ...['soon', '7x', '1m30', '1 s'].map(
    (text): Row => [
      `a timeout of ${text}`,
      'is refused',
      (on) => ({ ...atHome(trusted(on), token), args: [`--request-timeout=${text}`] }),
    ],
  ),
  ['nobody there', 'is refused', () => atHome({ server: 'http://127.0.0.1:1' }, token)],
  [
    '--server',
    'goes',
    (on) => ({ ...atHome({ server: 'http://127.0.0.1:1' }, token), args: [`--server=${on.plain}`] }),
  ],
  [
    '--namespace',
    'goes',
    ({ plain }) => ({ ...atHome({ server: plain }, {}, { namespace: 'team' }), args: ['-n', 'mine'] }),
  ],
  ['a namespace of the context', 'goes', ({ plain }) => atHome({ server: plain }, {}, { namespace: 'team' })],
];

export const trusting: readonly Row[] = [
  ['an authority as data', 'goes', (on) => atHome(trusted(on), token)],
  [
    'an authority in a file',
    'goes',
    (on) => atHome({ server: on.secure, 'certificate-authority': on.authority.certificate }, token),
  ],
  ['an authority beside the kubeconfig', 'goes', (on) => beside(on, 'ca.pem')],
  ['an authority above the kubeconfig', 'goes', (on) => beside(on, '../ca.pem')],
  ['another authority', 'is refused', (on) => atHome({ ...trusted(on), ...authority(on.pem.stranger) }, token)],
  ['no authority', 'is refused', ({ secure }) => atHome({ server: secure }, token)],
  [
    'both kinds of authority',
    'is refused',
    (on) => atHome({ ...trusted(on), 'certificate-authority': on.authority.certificate }, token),
  ],
  [
    'an authority that is missing',
    'is refused',
    ({ secure }) => atHome({ server: secure, 'certificate-authority': 'no.pem' }, token),
  ],
  ['an authority that is none', 'is refused', (on) => atHome({ ...trusted(on), ...authority('hello') }, token)],
  [
    'an authority that is no base64',
    'is refused',
    (on) => atHome({ ...trusted(on), 'certificate-authority-data': '&' }, token),
  ],
  ['a name of the server', 'goes', (on) => atHome({ ...trusted(on), 'tls-server-name': 'api.example' }, token)],
  [
    'an address for its name',
    'goes',
    (on) => atHome({ ...trusted(on), server: named(on), 'tls-server-name': '127.0.0.1' }, token),
  ],
  [
    'a name that it has not',
    'is refused',
    (on) => atHome({ ...trusted(on), 'tls-server-name': 'other.example' }, token),
  ],
  [
    'insecure-skip-tls-verify',
    'goes',
    ({ secure }) => atHome({ server: secure, 'insecure-skip-tls-verify': true }, token),
  ],
  ['that with an authority', 'is refused', (on) => atHome({ ...trusted(on), 'insecure-skip-tls-verify': true }, token)],
  [
    '--certificate-authority',
    'goes',
    (on) => ({
      ...atHome({ server: on.secure }, token),
      args: [`--certificate-authority=${on.authority.certificate}`],
    }),
  ],
  [
    '--insecure-skip-tls-verify',
    'goes',
    (on) => ({
      ...atHome({ ...trusted(on), ...authority(on.pem.stranger) }, token),
      args: ['--insecure-skip-tls-verify'],
    }),
  ],
  ['--tls-server-name', 'goes', (on) => ({ ...atHome(trusted(on), token), args: ['--tls-server-name=api.example'] })],
  [
    '--server, which ends the name of another one',
    'goes',
    (on) => ({
      ...atHome({ ...trusted(on), 'tls-server-name': 'other.example' }, token),
      args: [`--server=${on.secure}`],
    }),
  ],
];

export const proxied: readonly Row[] = [
  ['http', 'goes', (on) => atHome({ ...far(on), 'proxy-url': `http://127.0.0.1:${on.proxy.plainPort}` }, token)],
  [
    'http with a name',
    'goes',
    (on) => atHome({ ...far(on), 'proxy-url': `http://name:w%20rd@127.0.0.1:${on.proxy.plainPort}` }, token),
  ],
  [
    'http for a server without TLS',
    'goes',
    (on) => atHome({ server: 'http://api.example', 'proxy-url': `http://127.0.0.1:${on.proxy.plainPort}` }),
  ],
  ['https', 'goes', (on) => atHome({ ...far(on), 'proxy-url': `https://localhost:${on.proxy.securePort}` }, token)],
  [
    'https for a server without TLS',
    'is refused',
    (on) => atHome({ server: 'http://api.example', 'proxy-url': `https://localhost:${on.proxy.securePort}` }),
  ],
  ['socks5', 'goes', (on) => atHome({ ...far(on), 'proxy-url': `socks5://127.0.0.1:${on.proxy.socksPort}` }, token)],
  [
    'socks5 with a name',
    'goes',
    (on) => atHome({ ...far(on), 'proxy-url': `socks5://name:word@127.0.0.1:${on.proxy.socksPort}` }, token),
  ],
  [
    'socks5 with a wrong name',
    'is refused',
    (on) => atHome({ ...far(on), 'proxy-url': `socks5://name:no@127.0.0.1:${on.proxy.socksPort}` }, token),
  ],
  [
    'socks5 for a server without TLS',
    'goes',
    (on) => atHome({ server: 'http://api.example', 'proxy-url': `socks5://127.0.0.1:${on.proxy.socksPort}` }),
  ],
  [
    'socks5 for an address',
    'goes',
    (on) =>
      atHome(
        { ...far(on), server: 'https://127.0.0.1', 'proxy-url': `socks5://127.0.0.1:${on.proxy.socksPort}` },
        token,
      ),
  ],
  [
    'socks5 for an address of IPv6',
    'goes',
    (on) =>
      atHome(
        {
          ...far(on),
          server: 'https://[fd00::1:2]:6443',
          'tls-server-name': 'api.example',
          'proxy-url': `socks5://127.0.0.1:${on.proxy.socksPort}`,
        },
        token,
      ),
  ],
  ['another protocol', 'is refused', (on) => atHome({ ...far(on), 'proxy-url': 'ftp://127.0.0.1' }, token)],
  ['no protocol', 'is refused', (on) => atHome({ ...far(on), 'proxy-url': `127.0.0.1:${on.proxy.plainPort}` }, token)],
  ['nobody there', 'is refused', (on) => atHome({ ...far(on), 'proxy-url': 'http://127.0.0.1:1' }, token)],
  [
    'a proxy that does not lead there',
    'is refused',
    (on) =>
      atHome(
        { ...far(on), server: 'https://forbidden.example', 'proxy-url': `http://127.0.0.1:${on.proxy.plainPort}` },
        token,
      ),
  ],
  [
    'a socks5 proxy that does not lead there',
    'is refused',
    (on) =>
      atHome(
        { ...far(on), server: 'https://forbidden.example', 'proxy-url': `socks5://127.0.0.1:${on.proxy.socksPort}` },
        token,
      ),
  ],
  [
    '--proxy-url',
    'goes',
    (on) => ({ ...atHome(far(on), token), args: [`--proxy-url=http://127.0.0.1:${on.proxy.plainPort}`] }),
  ],
  [
    'HTTPS_PROXY',
    'goes',
    (on) => ({ ...atHome(far(on), token), environment: { HTTPS_PROXY: `127.0.0.1:${on.proxy.plainPort}` } }),
  ],
  [
    'https_proxy with socks5',
    'goes',
    (on) => ({ ...atHome(far(on), token), environment: { https_proxy: `socks5://127.0.0.1:${on.proxy.socksPort}` } }),
  ],
  [
    'HTTP_PROXY',
    'goes',
    (on) => ({
      ...atHome({ server: 'http://api.example' }),
      environment: { HTTP_PROXY: `http://127.0.0.1:${on.proxy.plainPort}` },
    }),
  ],
  [
    'HTTPS_PROXY, passed over for this machine',
    'goes',
    (on) => ({ ...atHome(trusted(on), token), environment: { HTTPS_PROXY: 'http://127.0.0.1:1' } }),
  ],
  [
    'proxy-url, also for this machine',
    'goes',
    (on) => atHome({ ...trusted(on), 'proxy-url': `http://127.0.0.1:${on.proxy.plainPort}` }, token),
  ],
  ...['other.example', 'xapi.example', 'api.example:80', '10.0.0.0/8', '*.api.example', '.api.example'].map((rule) =>
    excepted(rule),
  ),
];

/** The proxy is used all the same: without one the name would lead nowhere. */
function excepted(rule: string): Row {
  return [
    `NO_PROXY=${rule}, which is about others`,
    'goes',
    (on) => ({
      ...atHome(far(on), token),
      environment: { HTTPS_PROXY: `http://127.0.0.1:${on.proxy.plainPort}`, NO_PROXY: rule },
    }),
  ];
}

function named({ api }: Ground): string {
  return `https://localhost:${api.securePort}`;
}

/** Only the proxies know where it is. */
function far(on: Ground): object {
  return { ...trusted(on), server: 'https://api.example:6443' };
}

function authority(pem: string): object {
  return { 'certificate-authority-data': base64(pem) };
}

function beside(on: Ground, path: string) {
  const config = kubeconfig({ server: on.secure, 'certificate-authority': path }, token);
  return { files: { '.kube/config': config, '.kube/ca.pem': on.pem.authority, 'ca.pem': on.pem.authority } };
}
