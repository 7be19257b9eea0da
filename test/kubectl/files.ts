import { atHome, type Ground, kubeconfig, listed, pathOf, type Row, token, trusted } from './situation.ts';

export const merging: readonly Row[] = [
  ['--kubeconfig over KUBECONFIG', 'goes', (on) => ({ ...two(on), args: [`--kubeconfig=${pathOf(on, 'b/config')}`] })],
  ['--kubeconfig that is missing', 'is refused', (on) => ({ ...two(on), args: [`--kubeconfig=${pathOf(on, 'no')}`] })],
  [
    'KUBECONFIG over ~/.kube/config',
    'goes',
    (on) => ({
      files: { '.kube/config': kubeconfig({ server: 'http://127.0.0.1:1' }), ...two(on).files },
      environment: listed(on, 'b/config'),
    }),
  ],
  ['the first of two files', 'goes', (on) => ({ ...two(on), environment: listed(on, 'a/config', 'b/config') })],
  ['the other way round', 'goes', (on) => ({ ...two(on), environment: listed(on, 'b/config', 'a/config') })],
  ['the same file twice', 'goes', (on) => ({ ...two(on), environment: listed(on, 'b/config', 'b/config') })],
  ['files that are missing', 'goes', (on) => ({ ...two(on), environment: listed(on, 'no', 'b/config', 'nor this') })],
  ['only files that are missing', 'goes', (on) => ({ environment: listed(on, 'no', 'nor this') })],
  ['names of nothing', 'goes', (on) => ({ ...atHome(trusted(on), token), environment: { KUBECONFIG: '::' } })],
  ['an empty KUBECONFIG', 'goes', (on) => ({ ...atHome(trusted(on), token), environment: { KUBECONFIG: '' } })],
  [
    'entries in different files',
    'goes',
    (on) => ({ files: parts(on), environment: listed(on, 'a/config', 'b/config') }),
  ],
  [
    'a current context of the second file',
    'goes',
    (on) => ({
      files: { ...parts(on), 'c/config': { 'current-context': '' } },
      environment: listed(on, 'c/config', 'b/config', 'a/config'),
    }),
  ],
  [
    'a broken file among good ones',
    'is refused',
    (on) => ({ files: { ...two(on).files, 'c/config': '{ no' }, environment: listed(on, 'b/config', 'c/config') }),
  ],
  ['a folder', 'is refused', (on) => ({ ...two(on), args: [`--kubeconfig=${pathOf(on, 'b')}`] })],
];

export const reading: readonly Row[] = [
  ['YAML as kubectl writes it', 'goes', (on) => ({ files: { '.kube/config': yaml(on) } })],
  ['YAML 1.1', 'goes', ({ secure }) => ({ files: { '.kube/config': yes(secure) } })],
  [
    'a name that looks like a time',
    'goes',
    (on) => ({ files: { '.kube/config': yaml(on).replaceAll('here', '2001-01-01') } }),
  ],
  [
    'a name that looks like a number',
    'is refused',
    (on) => ({ files: { '.kube/config': yaml(on).replaceAll('here', '12') } }),
  ],
  [
    'a name that looks like a switch',
    'is refused',
    (on) => ({ files: { '.kube/config': yaml(on).replaceAll('here', 'on') } }),
  ],
  [
    'a key twice',
    'goes',
    (on) => ({ files: { '.kube/config': yaml(on).replace('token: one', 'token: one\n    token: two') } }),
  ],
  [
    'fields that nobody knows',
    'goes',
    (on) => ({ files: { '.kube/config': { ...kubeconfig({ ...trusted(on), more: 1 }, token), more: {} } } }),
  ],
  [
    'no kind',
    'goes',
    (on) => ({
      files: { '.kube/config': { ...kubeconfig(trusted(on), token), kind: undefined, apiVersion: undefined } },
    }),
  ],
  [
    'another kind',
    'is refused',
    (on) => ({ files: { '.kube/config': { ...kubeconfig(trusted(on), token), kind: 'Pod' } } }),
  ],
  [
    'another version',
    'is refused',
    (on) => ({ files: { '.kube/config': { ...kubeconfig(trusted(on), token), apiVersion: 'v2' } } }),
  ],
  ['text', 'is refused', () => ({ files: { '.kube/config': 'hello' } })],
  ['a list', 'is refused', () => ({ files: { '.kube/config': '[]' } })],
  [
    'two clusters of one name',
    'is refused',
    (on) => ({
      files: {
        '.kube/config': {
          ...kubeconfig(trusted(on), token),
          clusters: [1, 2].map(() => ({ name: 'here', cluster: trusted(on) })),
        },
      },
    }),
  ],
  ['a server that is a number', 'is refused', () => atHome({ server: 6443 })],
  [
    'what is no base64 and not used',
    'is refused',
    (on) => ({
      files: {
        '.kube/config': {
          ...kubeconfig(trusted(on), token),
          users: [
            { name: 'me', user: token },
            { name: 'no', user: { 'client-key-data': 'a=b' } },
          ],
        },
      },
    }),
  ],
  ['base64 in lines', 'goes', (on) => atHome(inLines(trusted(on)), token)],
];

/** The same names for different things. */
function two(on: Ground) {
  return {
    files: {
      'a/config': kubeconfig({ server: on.plain }, { token: 'a', as: 'a' }, { namespace: 'a' }),
      'b/config': kubeconfig(trusted(on), { token: 'b', as: 'b' }, { namespace: 'b' }),
    },
    environment: listed(on, 'a/config'),
  };
}

/** A context in one, its cluster in the other, paths beside each. */
function parts(on: Ground) {
  return {
    'a/config': {
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
      users: [{ name: 'me', user: { tokenFile: 'token' } }],
    },
    'a/token': 'beside a',
    'b/config': {
      'current-context': 'here',
      clusters: [{ name: 'here', cluster: { server: on.secure, 'certificate-authority': 'ca.pem' } }],
    },
    'b/ca.pem': on.pem.authority,
  };
}

function yaml(on: Ground): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${(trusted(on) as { 'certificate-authority-data': string })['certificate-authority-data']}
    server: ${on.secure}
  name: here
contexts:
- context:
    cluster: here
    user: here
  name: here
current-context: here
kind: Config
preferences: {}
users:
- name: here
  user:
    token: one
`;
}

function yes(server: string): string {
  return `
base: &base
  server: ${server}
clusters: [{ name: here, cluster: { <<: *base, insecure-skip-tls-verify: yes } }]
contexts: [{ name: here, context: { cluster: here, user: me } }]
users: [{ name: me, user: { token: a-token } }]
current-context: here
`;
}

function inLines(cluster: object): object {
  const { 'certificate-authority-data': data } = cluster as { 'certificate-authority-data': string };
  return { ...cluster, 'certificate-authority-data': data.replace(/.{64}/g, '$&\n') };
}
