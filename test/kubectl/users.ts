import { atHome, base64, type Ground, pathOf, type Row, token, trusted } from './situation.ts';

const extra = { scopes: ['view', 'edit'], 'example.com/Team %': ['größe'] };
const as = { as: 'bob', 'as-uid': '7', 'as-groups': ['dev', 'ops'], 'as-user-extra': extra };

export const impersonating: readonly Row[] = [
  ['as, as-uid, as-groups and as-user-extra', 'goes', (on) => atHome(trusted(on), { ...token, ...as })],
  ['the same over http, without the token', 'goes', ({ plain }) => atHome({ server: plain }, { ...token, ...as })],
  ['as with a certificate', 'goes', (on) => atHome(trusted(on), { ...certificate(on), as: 'bob' })],
  [
    '--as, --as-uid, --as-group and --as-user-extra',
    'goes',
    (on) => ({
      ...atHome(trusted(on), token),
      args: '--as=bob --as-uid=7 --as-group=dev --as-group=ops --as-user-extra=a=1 --as-user-extra=a=2=3'.split(' '),
    }),
  ],
  [
    'flags over what the kubeconfig says of it',
    'goes',
    (on) => ({
      ...atHome(trusted(on), { ...token, ...as }),
      args: ['--as=eve', '--as-group=qa', '--as-user-extra=scopes=none', '--as-user-extra=b=1', '--as-user-extra=c'],
    }),
  ],
  ['as: empty', 'goes', (on) => atHome(trusted(on), { ...token, as: '' })],
  ['groups without a user', 'is refused', (on) => atHome(trusted(on), { ...token, 'as-groups': ['dev'] })],
  ['--as-group without --as', 'is refused', (on) => ({ ...atHome(trusted(on), token), args: ['--as-group=dev'] })],
  ['a user with a line break', 'is refused', (on) => atHome(trusted(on), { ...token, as: 'a\nImpersonate-User: b' })],
  [
    'a group with a line break',
    'is refused',
    (on) => atHome(trusted(on), { ...token, as: 'a', 'as-groups': ['b\nc'] }),
  ],
];

export const proving: readonly Row[] = [
  ['a token', 'goes', (on) => atHome(trusted(on), token)],
  ['a token with a line break', 'is refused', (on) => atHome(trusted(on), { token: 'secret\n' })],
  ['a file with a token', 'goes', (on) => withFile(on, { tokenFile: 'token' }, 'from the file\n')],
  ['a file that wins over a token', 'goes', (on) => withFile(on, { tokenFile: 'token', ...token }, 'from the file')],
  ['a file that is missing', 'is refused', (on) => atHome(trusted(on), { tokenFile: 'nowhere' })],
  ['a file that is empty', 'is refused', (on) => withFile(on, { tokenFile: 'token' }, '\n')],
  ['a name and a password', 'goes', (on) => atHome(trusted(on), { username: 'ann', password: 'pass:wörd' })],
  ['a name, a password and a token', 'is refused', (on) => atHome(trusted(on), { ...token, username: 'ann' })],
  ['a certificate', 'goes', (on) => atHome(trusted(on), certificate(on))],
  ['a certificate and a token', 'goes', (on) => atHome(trusted(on), { ...certificate(on), ...token })],
  ['files with a certificate and its key', 'goes', (on) => atHome(trusted(on), certificateFiles(on))],
  [
    'a certificate without a key',
    'is refused',
    (on) => atHome(trusted(on), { 'client-certificate': on.ann.certificate }),
  ],
  [
    "another certificate's key",
    'is refused',
    (on) => atHome(trusted(on), { ...certificateFiles(on), 'client-key': on.stranger.key }),
  ],
  ['a certificate twice', 'is refused', (on) => atHome(trusted(on), { ...certificate(on), ...certificateFiles(on) })],
  [
    'a certificate that is missing',
    'is refused',
    (on) => atHome(trusted(on), { ...certificateFiles(on), 'client-certificate': 'no' }),
  ],
  ['--token', 'goes', (on) => ({ ...atHome(trusted(on), token), args: ['--token=other'] })],
  ['--username and --password', 'goes', (on) => ({ ...atHome(trusted(on)), args: ['--username=ann', '--password=x'] })],
  [
    '--client-certificate and --client-key',
    'goes',
    (on) => ({
      ...atHome(trusted(on), certificate(on)),
      args: [`--client-certificate=${on.ann.certificate}`, `--client-key=${on.ann.key}`],
    }),
  ],
  ['an auth-provider that is gone', 'is refused', (on) => atHome(trusted(on), { 'auth-provider': { name: 'gcp' } })],
  ['an id-token', 'goes', (on) => atHome(trusted(on), oidc(4_000_000_000))],
  ['an id-token that has expired', 'is refused', (on) => atHome(trusted(on), oidc(1))],
  ['a token and an id-token', 'goes', (on) => atHome(trusted(on), { ...oidc(1), ...token })],
];

const v1 = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: './plugin' };

/** What the program is told is written down by it, and compared as well. */
export const plugins: readonly Row[] = [
  ['a token of a program', 'goes', (on) => withPlugin(on, { exec: v1 })],
  ['the same in v1beta1', 'goes', (on) => withPlugin(on, { exec: { ...v1, apiVersion: v1.apiVersion + 'beta1' } })],
  [
    'a program that wants to know the cluster',
    'goes',
    (on) =>
      withPlugin(
        on,
        { exec: { ...v1, provideClusterInfo: true, args: ['a b', ''], env: [{ name: 'OWN', value: 'x' }] } },
        {
          extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'team' } }],
          'disable-compression': true,
        },
      ),
  ],
  ['a program beside a token', 'goes', (on) => withPlugin(on, { exec: v1, ...token })],
  ['a program beside a certificate', 'goes', (on) => withPlugin(on, { exec: v1, ...certificate(on) })],
  ['a program over http', 'goes', ({ plain, ...on }) => withPlugin({ plain, ...on }, { exec: v1 }, { server: plain })],
  ['a program that is missing', 'is refused', (on) => atHome(trusted(on), { exec: { ...v1, command: 'no-such-cli' } })],
  [
    'a program of an old version',
    'is refused',
    (on) => withPlugin(on, { exec: { ...v1, apiVersion: 'client.authentication.k8s.io/v1alpha1' } }),
  ],
  ['a program without a command', 'is refused', (on) => atHome(trusted(on), { exec: { ...v1, command: '' } })],
  ['a program that must ask', 'is refused', (on) => withPlugin(on, { exec: { ...v1, interactiveMode: 'Always' } })],
  ['a program and an auth-provider', 'is refused', (on) => withPlugin(on, { exec: v1, ...oidc(4_000_000_000) })],
];

function certificate({ pem }: Ground): object {
  return { 'client-certificate-data': base64(pem.certificate), 'client-key-data': base64(pem.key) };
}

function certificateFiles({ ann }: Ground): object {
  return { 'client-certificate': ann.certificate, 'client-key': ann.key };
}

function withFile(on: Ground, user: object, content: string) {
  const { files } = atHome(trusted(on), user);
  return { files: { ...files, '.kube/token': content } };
}

function oidc(exp: number): object {
  const claims = Buffer.from(JSON.stringify({ exp })).toString('base64url');
  const config = { 'idp-issuer-url': 'https://127.0.0.1:1', 'client-id': 'x', 'id-token': `e30.${claims}.` };
  return { 'auth-provider': { name: 'oidc', config } };
}

/** It lies beside the kubeconfig, and tells what it was told in a file there. */
function withPlugin(on: Ground, user: { readonly exec?: Readonly<Record<string, unknown>> }, cluster: object = {}) {
  const { files } = atHome({ ...trusted(on), ...cluster }, user);
  const answer = { apiVersion: user.exec?.apiVersion, kind: 'ExecCredential', status: { token: 'made' } };
  const told = `printf '%s\\n' "$#" "$@" "$OWN" "$KUBERNETES_EXEC_INFO" >> ${pathOf(on, 'told')}`;
  const plugin = ['#!/bin/sh', told, `printf '%s' '${JSON.stringify(answer)}'`, ''].join('\n');
  return { files: { ...files, '.kube/plugin': plugin } };
}
