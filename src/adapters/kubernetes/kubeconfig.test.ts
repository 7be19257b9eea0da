import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../errors.ts';
import type { AccessFlags } from './access-flags.ts';
import { inClusterConfig } from './in-cluster.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { tokenFile } from './token-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'enbi-kubeconfig-'));
});
afterEach(() => rm(directory, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

const inline = `
apiVersion: v1
kind: Config
current-context: one
contexts:
- { name: one, context: { cluster: here, user: admin, namespace: team } }
- { name: two, context: { cluster: there, user: robot } }
- { name: three, context: { cluster: there, user: plugin } }
- { name: four, context: { cluster: nowhere } }
clusters:
- { name: here, cluster: { server: "https://10.0.0.1:6443", certificate-authority-data: ${base64('CA')} } }
- { name: there, cluster: { server: "https://proxy.example/k8s/c1", certificate-authority: ca.pem, tls-server-name: api } }
users:
- { name: admin, user: { client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')} } }
- { name: robot, user: { token: secret } }
- { name: plugin, user: { exec: { apiVersion: client.authentication.k8s.io/v1alpha1, command: aws } } }
`;

describe('a kubeconfig', () => {
  async function load(context?: string, text = inline) {
    const path = join(directory, 'config');
    await writeFile(path, text);
    await writeFile(join(directory, 'ca.pem'), 'CA FILE');
    return loadKubeconfig(path, { context });
  }

  it('gives access by its current context, with certificates inline', async () => {
    const access = await load();
    expect(access).toMatchObject({
      namespace: 'team',
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', rejectUnauthorized: true },
    });
    expect(access.server.href).toBe('https://10.0.0.1:6443/');
    expect(access.bearerToken).toBeUndefined();
  });

  it('gives access by another context, with a token, a path and a file beside it', async () => {
    const access = await load('two');
    expect(access.tls).toMatchObject({ ca: 'CA FILE', servername: 'api' });
    expect([access.server.pathname, access.bearerToken?.()]).toEqual(['/k8s/c1', 'secret']);
  });

  it.each([
    ['needs a plugin of an old version', 'three', inline, 'must have apiVersion client.authentication.k8s.io/v1'],
    ['names a cluster that is not there', 'four', inline, 'has no cluster nowhere'],
    ['has no such context', 'five', inline, 'has no context five'],
    ['is something else', undefined, 'hello', 'is no readable kubeconfig'],
  ])('is refused when it %s', async (_, context, text, message) => {
    const loading = load(context, text);
    await expect(loading).rejects.toThrow(UserError);
    await expect(loading).rejects.toThrow(message);
  });
});

// test/kubectl/ holds all of it against kubectl itself, over a wire.
describe('what a kubeconfig says of who asks', () => {
  async function load(user: object, { server = 'https://10.0.0.1', ...flags }: AccessFlags = {}) {
    const path = join(directory, 'config');
    const unused = { exec: {}, 'client-certificate': 'missing', 'as-groups': ['x'] };
    const config = {
      contexts: [{ name: 'one', context: { cluster: 'here', user: 'me' } }],
      clusters: [
        { name: 'here', cluster: { server } },
        { name: 'broken', cluster: { server: ':', 'proxy-url': 'ftp://x' } },
      ],
      users: [
        { name: 'me', user },
        { name: 'broken', user: unused },
      ],
      'current-context': 'one',
    };
    await writeFile(path, JSON.stringify(config));
    return loadKubeconfig(path, flags);
  }

  it('is told to the API server with every request', async () => {
    const extra = { 'example.com/Team': ['größe'] };
    const { headers } = await load({ as: 'bob', 'as-uid': '7', 'as-groups': ['dev', 'ops'], 'as-user-extra': extra });
    expect(headers).toEqual({
      'impersonate-user': 'bob',
      'impersonate-uid': '7',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-extra-example.com%2FTeam': [Buffer.from('größe').toString('latin1')],
    });
  });

  it('gives way to flags', async () => {
    const { headers } = await load(
      { as: 'bob', 'as-groups': ['dev'] },
      { as: 'eve', asUserExtra: ['a=1', 'a=2=3', 'b'] },
    );
    const rest = { 'impersonate-group': ['dev'], 'impersonate-extra-a': ['1', '2=3'] };
    expect(headers).toEqual({ 'impersonate-user': 'eve', ...rest });
  });

  it('is not shown over http, but for whom is impersonated', async () => {
    const access = await load({ token: 'x', as: 'bob' }, { server: 'http://10.0.0.1' });
    expect([access.bearerToken, access.headers]).toEqual([undefined, { 'impersonate-user': 'bob' }]);
  });

  it.each([
    ['groups without a user', { 'as-groups': ['dev'] }, 'no user: write --as or as'],
    ['a line break', { as: 'a\nb' }, 'holds a line break'],
    ['a token and a name', { token: 'x', username: 'y' }, 'only one can be used'],
    ['a certificate without a key', { 'client-certificate-data': 'eA==' }, 'no client-key'],
    ['a missing file', { tokenFile: '/no/where' }, 'cannot be read: ENOENT'],
    ['an old auth-provider', { 'auth-provider': { name: 'gcp' } }, 'auth-provider "gcp"'],
  ])('must not be %s', async (_, user, message) => {
    const asking = load(user).then((access) => access.bearerToken?.());
    await expect(asking).rejects.toThrow(UserError);
    await expect(asking).rejects.toThrow(message);
  });
});

describe('several kubeconfigs', () => {
  it('are read as one, the first that names a thing wins, and paths are beside their own file', async () => {
    await mkdir(join(directory, 'second'));
    const [first, second] = [join(directory, 'first'), join(directory, 'second', 'config')];
    await writeFile(first, 'clusters: null\nusers: [{ name: robot, user: { tokenFile: token } }]\n');
    await writeFile(second, inline.replace('current-context: one', 'current-context: two'));
    await writeFile(join(directory, 'token'), 'from the first');
    await writeFile(join(directory, 'second', 'ca.pem'), 'CA BESIDE THE SECOND');
    const access = await loadKubeconfig([join(directory, 'missing'), first, second]);
    expect([await access.bearerToken?.(), access.tls.ca]).toEqual(['from the first', 'CA BESIDE THE SECOND']);
  });

  it('must not all be missing', async () => {
    await expect(loadKubeconfig([join(directory, 'a'), join(directory, 'b')])).rejects.toThrow(
      'there is no kubeconfig',
    );
  });
});

describe('the service account of a Pod', () => {
  it('gives access, also over IPv6', async () => {
    for (const name of ['ca.crt', 'namespace', 'token']) await writeFile(join(directory, name), `${name}\n`);
    const access = await inClusterConfig({ host: 'fd00::1', port: '443', directory });
    expect(access).toMatchObject({ namespace: 'namespace', tls: { ca: 'ca.crt\n' } });
    expect([access.server.href, access.bearerToken?.()]).toEqual(['https://[fd00::1]/', 'token']);
  });

  it('is asked for its token again each minute', async () => {
    const path = join(directory, 'token');
    let now = 0;
    const token = tokenFile(path, () => now);
    await writeFile(path, 'first');
    expect(token()).toBe('first');
    await writeFile(path, 'second');
    now = 59_999;
    expect(token()).toBe('first');
    now = 60_000;
    expect(token()).toBe('second');
  });
});
