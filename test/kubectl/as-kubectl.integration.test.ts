import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAuthority, issue } from '../../cluster/certificates.ts';
import { ensureComponents } from '../../cluster/components.ts';
import { connectAsKubectl } from '../../src/main/plugin-connection.ts';
import { exitCodes } from '../../src/plugin/exit-codes.ts';
import { runInMemory } from '../../src/plugin/memory-plugin.ts';
import { choosing, inPods } from './contexts.ts';
import { merging, reading } from './files.ts';
import { RecordedApi } from './recorded-api.ts';
import { RecordedProxy } from './recorded-proxy.ts';
import { proxied, reaching, trusting } from './servers.ts';
import type { Ground, Row, Situation } from './situation.ts';
import { impersonating, plugins, proving } from './users.ts';

// The plugin's connection beside kubectl's own: the same files, flags and environment, and what the server sees of each.

let ground: Ground;
let kubectl: string;
let pki: string;

beforeAll(async () => {
  kubectl = join((await ensureComponents(() => undefined)).bin, 'kubectl');
  pki = await mkdtemp(join(tmpdir(), 'enbi-kubectl-pki-'));
  const authority = await createAuthority(pki, 'authority');
  const stranger = await createAuthority(pki, 'stranger');
  const hosts = ['127.0.0.1', 'localhost', 'api.example', 'forbidden.example'];
  const server = await issue(pki, 'authority', 'server', { commonName: 'server', hosts });
  const ann = await issue(pki, 'authority', 'ann', { commonName: 'ann', organization: 'dev' });
  const [cert, key, ca] = await Promise.all([server.certificate, server.key, authority.certificate].map(readText));
  const [strange, certificate, annKey] = await Promise.all(
    [stranger.certificate, ann.certificate, ann.key].map(readText),
  );
  const api = await RecordedApi.start({ cert: cert ?? '', key: key ?? '', ca: ca ?? '' });
  const proxy = await RecordedProxy.start(api, { cert: cert ?? '', key: key ?? '', ca: ca ?? '' });
  ground = {
    home: '',
    api,
    proxy,
    authority,
    stranger,
    ann,
    pem: { authority: ca ?? '', stranger: strange ?? '', certificate: certificate ?? '', key: annKey ?? '' },
    plain: `http://127.0.0.1:${api.plainPort}`,
    secure: `https://127.0.0.1:${api.securePort}`,
  };
});
afterAll(async () => {
  await ground.proxy[Symbol.asyncDispose]();
  await ground.api[Symbol.asyncDispose]();
  await rm(pki, { recursive: true });
});
beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'enbi-kubectl-'));
  ground = { ...ground, home };
  return () => rm(home, { recursive: true });
});

describe.each<[string, readonly Row[]]>([
  ['as whom', impersonating],
  ['proven by', proving],
  ['proven by a program', plugins],
  ['at', reaching],
  ['trusted by', trusting],
  ['through a proxy', proxied],
  ['chosen by', choosing],
  ['from a Pod with', inPods],
  ['merged from', merging],
  ['read from', reading],
])('an API server is asked %s', (_, rows) => {
  test.each(rows.map((row) => ({ name: row[0], outcome: row[1], row })))(
    '$name: $outcome',
    async ({ outcome, row }) => {
      const situation = row[2](ground);
      await writeFiles(situation);
      const byKubectl = await observed(() => runKubectl(situation));
      const byPlugin = await observed(() => runPlugin(situation));
      expect({ kubectl: byKubectl.outcome, said: byKubectl.said }).toMatchObject({ kubectl: outcome });
      expect({ plugin: byPlugin.outcome, said: byPlugin.said }).toMatchObject({ plugin: outcome });
      expect(byPlugin.seen).toEqual(byKubectl.seen);
      expect(byPlugin.said).not.toMatch(/ {4}at /);
    },
  );
});

const readText = (path: string) => readFile(path, 'utf8');

test('in a Pod, --as is not passed over: kubectl would ask another server', async () => {
  const situation: Situation = { isPod: true, args: ['--as=bob'] };
  await writeFiles(situation);
  const { seen } = await observed(() => runPlugin(situation));
  expect(seen).toMatchObject({
    asked: { over: 'https', authorization: 'Bearer of the Pod', impersonation: ['impersonate-user: bob'] },
  });
});

interface Observed {
  readonly outcome: 'goes' | 'is refused';
  readonly said: string;
  readonly seen: object;
}

/** What the server, the proxies and a credential plugin saw. */
async function observed(run: () => Promise<{ isWell: boolean; said: string }>): Promise<Observed> {
  const told = join(ground.home, 'told');
  await rm(told, { force: true });
  const { isWell, said } = await run();
  const seen = {
    asked: ground.api.take() ?? 'nothing',
    proxies: ground.proxy.take(),
    told: (await readText(told).catch(() => ''))
      .trimEnd()
      .split('\n')
      .map((line) => (line.startsWith('{') ? JSON.parse(line) : line)),
  };
  return { outcome: isWell ? 'goes' : 'is refused', said, seen };
}

function environmentOf({ environment, isPod = false }: Situation): Record<string, string> {
  const { PATH = '' } = process.env;
  const ofPod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(ground.api.securePort) };
  const none = join(ground.home, 'no-authorities');
  return {
    PATH,
    HOME: ground.home,
    KUBERNETES_MASTER: ground.plain,
    SSL_CERT_DIR: none,
    SSL_CERT_FILE: none,
    ...(isPod ? ofPod : {}),
    ...environment,
  };
}

async function runKubectl(situation: Situation) {
  const env = { ...environmentOf(situation), KUBECACHEDIR: join(ground.home, 'cache') };
  await rm(env.KUBECACHEDIR, { recursive: true, force: true });
  const args = [kubectl, 'get', 'pods', ...(situation.args ?? [])];
  const [program = '', ...rest] = situation.isPod === true ? [...likeInPod, ground.home, ...args] : args;
  const child = spawn(program, rest, { env, cwd: ground.home, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 128)));
  const [code, , said] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { isWell: code === 0, said };
}

/** kubectl looks in one place for the account of a Pod: for it alone, that is a folder of the test's. */
const likeInPod = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && ' +
    'cp -r "$0/account" /run/secrets/kubernetes.io/serviceaccount && exec "$@"',
];

const pods = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** The flags go through the real command line; the first thing a command does is to connect. */
async function runPlugin(situation: Situation) {
  let isWell = false;
  const serviceAccountDirectory = join(ground.home, 'account');
  const surroundings = {
    environment: environmentOf(situation),
    interactive: false,
    version: '0',
    serviceAccountDirectory,
  };
  const { code, err } = await runInMemory(['explain', 'pod/web', ...(situation.args ?? [])], {
    connect: async (options) => {
      const connection = await connectAsKubectl(options, surroundings);
      await connection.client.list(pods, { namespace: connection.namespace });
      isWell = true;
      throw new Error('seen enough');
    },
  });
  if (!isWell) expect([exitCodes.usage, exitCodes.cluster]).toContain(code);
  return { isWell, said: isWell ? '' : err };
}

async function writeFiles({ files = {}, isPod = false }: Situation): Promise<void> {
  const account = { token: 'of the Pod', 'ca.crt': ground.pem.authority, namespace: 'pod' };
  const ofPod = Object.entries(account).map(([name, content]) => [`account/${name}`, content] as const);
  for (const [name, content] of [...Object.entries(files), ...(isPod ? ofPod : [])]) {
    const path = join(ground.home, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    if (name.endsWith('plugin')) await chmod(path, 0o755);
  }
}
