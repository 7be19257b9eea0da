import { atHome, type Ground, kubeconfig, listed, type Row, token, trusted } from './situation.ts';

/** KUBERNETES_MASTER leads to the server without TLS in all of them, where kubectl turns when nothing names a server. */
export const choosing: readonly Row[] = [
  ['no kubeconfig', 'goes', () => ({})],
  ['an empty file', 'goes', () => ({ files: { '.kube/config': '' } })],
  ['a file with a comment', 'goes', () => ({ files: { '.kube/config': '# nothing yet\n' } })],
  [
    'null for everything',
    'goes',
    () => ({ files: { '.kube/config': { contexts: null, clusters: null, users: null, 'current-context': null } } }),
  ],
  [
    'no current context',
    'goes',
    (on) => ({ files: { '.kube/config': { ...kubeconfig(trusted(on), token), 'current-context': '' } } }),
  ],
  [
    'a current context that is missing',
    'is refused',
    (on) => ({ files: { '.kube/config': { ...kubeconfig(trusted(on), token), 'current-context': 'no' } } }),
  ],
  [
    '--context',
    'goes',
    (on) => ({
      files: { '.kube/config': { ...kubeconfig(trusted(on), token), 'current-context': 'no' } },
      args: ['--context=here'],
    }),
  ],
  ['--context that is missing', 'is refused', (on) => ({ ...atHome(trusted(on), token), args: ['--context=no'] })],
  ['a cluster that is missing', 'goes', (on) => atHome(trusted(on), token, { cluster: 'no' })],
  ['a cluster without a server', 'goes', () => atHome({}, token)],
  ['a user that is missing, over http', 'goes', ({ plain }) => atHome({ server: plain }, token, { user: 'no' })],
  ['a user that is missing', 'is refused', (on) => atHome(trusted(on), token, { user: 'no' })],
  [
    '--cluster and --user',
    'goes',
    (on) => ({ files: { '.kube/config': several(on) }, args: ['--cluster=tls', '--user=robot'] }),
  ],
  [
    '--cluster that is missing',
    'is refused',
    (on) => ({ files: { '.kube/config': several(on) }, args: ['--cluster=no'] }),
  ],
  ['--user that is missing', 'is refused', (on) => ({ files: { '.kube/config': several(on) }, args: ['--user=no'] })],
  [
    'empty flags',
    'goes',
    (on) => ({ ...atHome(trusted(on), token), args: ['--context=', '--user=', '--kubeconfig=', '--as='] }),
  ],
  [
    'what is broken and not used',
    'goes',
    (on) => ({
      files: {
        '.kube/config': {
          ...kubeconfig(trusted(on), token),
          contexts: [
            { name: 'here', context: { cluster: 'here', user: 'me' } },
            { name: 'broken', context: { cluster: 'no', user: 'no', namespace: '../etc' } },
            { name: 'empty' },
          ],
          clusters: [
            { name: 'here', cluster: trusted(on) },
            {
              name: 'nonsense',
              cluster: { server: ':not a url', 'proxy-url': 'ftp://x', 'certificate-authority': '/no' },
            },
            { name: 'empty', cluster: null },
          ],
          users: [
            { name: 'me', user: token },
            {
              name: 'old',
              user: { exec: { apiVersion: 'v1alpha1' }, 'client-certificate': '/no', 'as-groups': ['x'] },
            },
            { name: 'gone', user: { 'auth-provider': { name: 'gcp', config: null } } },
          ],
        },
      },
    }),
  ],
];

/** A Pod's own account is used where nothing else is named. */
export const inPods: readonly Row[] = [
  ['no kubeconfig', 'goes', () => ({ isPod: true })],
  ['files that are missing', 'goes', (on) => ({ isPod: true, environment: listed(on, 'no') })],
  ['an empty kubeconfig', 'goes', () => ({ isPod: true, files: { '.kube/config': '' } })],
  [
    'no current context',
    'goes',
    (on) => ({ isPod: true, files: { '.kube/config': { ...kubeconfig(trusted(on), token), 'current-context': '' } } }),
  ],
  ['--namespace', 'goes', () => ({ isPod: true, args: ['--namespace=mine'] })],
  ['POD_NAMESPACE', 'goes', () => ({ isPod: true, environment: { POD_NAMESPACE: 'mine' } })],
  ['a kubeconfig', 'goes', (on) => ({ ...atHome(trusted(on), token, { namespace: 'team' }), isPod: true })],
  ['a kubeconfig without a namespace', 'goes', (on) => ({ ...atHome(trusted(on), token), isPod: true })],
  ['a kubeconfig that is broken', 'is refused', () => ({ isPod: true, files: { '.kube/config': '{ no' } })],
  [
    'a current context that is missing',
    'is refused',
    (on) => ({
      isPod: true,
      files: { '.kube/config': { ...kubeconfig(trusted(on), token), 'current-context': 'no' } },
    }),
  ],
  ['--context that is missing', 'is refused', () => ({ isPod: true, args: ['--context=no'] })],
  ['--kubeconfig that is missing', 'is refused', () => ({ isPod: true, args: ['--kubeconfig=no'] })],
];

function several(on: Ground): object {
  return {
    'current-context': 'plain',
    contexts: [{ name: 'plain', context: { cluster: 'plain', user: 'me', namespace: 'team' } }],
    clusters: [
      { name: 'plain', cluster: { server: on.plain } },
      { name: 'tls', cluster: trusted(on) },
    ],
    users: [
      { name: 'me', user: token },
      { name: 'robot', user: { token: 'robot' } },
    ],
  };
}
