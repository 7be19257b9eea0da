import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../errors.ts';
import { askExecPlugin, ExecPlugin } from './exec-credential.ts';
import { KeptCredential } from './kept-credential.ts';
import { loadKubeconfig } from './kubeconfig.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'enbi-exec-'));
});
afterEach(() => rm(directory, { recursive: true }));

const v1 = 'client.authentication.k8s.io/v1';
const context = { environment: { PATH: process.env.PATH }, interactive: false, cluster: { server: 'https://api' } };

/** A credential plugin that answers with what its shell commands print. */
async function program(...commands: readonly string[]): Promise<string> {
  const path = join(directory, 'plugin');
  await writeFile(path, ['#!/bin/sh', ...commands, ''].join('\n'));
  await chmod(path, 0o755);
  return path;
}

function printing(status: string, apiVersion = v1): string {
  return `printf '%s' '{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":${status}}'`;
}

const ask = (given: object) => askExecPlugin(ExecPlugin.parse({ apiVersion: v1, ...given }), context);

describe('a credential plugin', () => {
  it('gives a token and the time it expires', async () => {
    const status = '{"token":"t-1","expirationTimestamp":"2026-11-23T12:00:00+01:00"}';
    const credential = await ask({ command: await program(printing(status)) });
    expect(credential).toMatchObject({ token: 't-1', expiresAt: new Date('2026-11-23T11:00:00Z') });
  });

  it('gets its arguments as they are, its own variables, and what Kubernetes tells a plugin', async () => {
    const command = await program(
      `printf '%s\\n' "$@" "$REGION" "$KUBERNETES_EXEC_INFO" > ${join(directory, 'seen')}`,
      printing('{"token":"t"}'),
    );
    const env = [{ name: 'REGION', value: 'north $(id)' }];
    await ask({ command, args: ['get token', '$HOME; id'], env, provideClusterInfo: true });
    const [first, second, region, info = ''] = (await readFile(join(directory, 'seen'), 'utf8')).split('\n');
    expect([first, second, region]).toEqual(['get token', '$HOME; id', 'north $(id)']);
    expect(JSON.parse(info)).toEqual({
      apiVersion: v1,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://api' } },
    });
  });

  it.each([
    ['fails', 'exit 3', {}, 'ended with 3'],
    ['prints something else', 'echo hello', {}, 'answered no ExecCredential'],
    ['prints another version', printing('{"token":"t"}', `${v1}beta1`), {}, `the kubeconfig says ${v1}`],
    ['has nothing to give', printing('{}'), {}, 'neither a token nor a certificate'],
    ['has half a certificate', printing('{"clientCertificateData":"C"}'), {}, 'neither a token nor a certificate'],
    ['must ask and cannot', printing('{"token":"t"}'), { interactiveMode: 'Always' }, 'there is no terminal'],
  ])('that %s is the fault of the kubeconfig', async (_, command, given, message) => {
    const asking = ask({ command: await program(command), ...given });
    await expect(asking).rejects.toThrow(UserError);
    await expect(asking).rejects.toThrow(message);
  });

  it('that is missing is said so, with the hint of whoever wrote the kubeconfig', async () => {
    const asking = ask({ command: 'no-such-cloud-cli', installHint: 'install it from example.com' });
    await expect(asking).rejects.toThrow(/no-such-cloud-cli is not installed, or not in PATH\ninstall it from/);
  });

  it('of a kubeconfig gives access by token or certificate, its command beside the file', async () => {
    await program(printing('{"token":"t-2","clientCertificateData":"CERT","clientKeyData":"KEY"}', `${v1}beta1`));
    const path = join(directory, 'config');
    await writeFile(
      path,
      `
current-context: cloud
contexts: [{ name: cloud, context: { cluster: cloud, user: me } }]
clusters: [{ name: cloud, cluster: { server: "https://api.example" } }]
users: [{ name: me, user: { exec: { apiVersion: ${v1}beta1, command: ./plugin, args: null, env: null } } }]
`,
    );
    const access = await loadKubeconfig(path, { environment: context.environment });
    expect(access.tls).toMatchObject({ cert: 'CERT', key: 'KEY' });
    expect(await access.bearerToken?.()).toBe('t-2');
  });
});

describe('a kept credential', () => {
  it('is asked for again when it has expired or was refused, and once for many', async () => {
    let asked = 0;
    let now = 0;
    const ask = () => Promise.resolve({ token: `t-${++asked}`, expiresAt: new Date(60_000) });
    const kept = new KeptCredential(ask, () => now);
    expect(await Promise.all([kept.get(), kept.get()])).toMatchObject([{ token: 't-1' }, { token: 't-1' }]);
    now = 49_999;
    expect(await kept.get()).toMatchObject({ token: 't-1' });
    now = 50_000;
    expect(await kept.get()).toMatchObject({ token: 't-2' });
    now = 0;
    kept.forget();
    expect(await kept.get()).toMatchObject({ token: 't-3' });
  });
});
