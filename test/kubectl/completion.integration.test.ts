import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandResult, run } from '../../cluster/command.ts';
import { ensureComponents } from '../../cluster/components.ts';
import { buildPlugin } from '../../tools/plugin.ts';
import { listen, portOf } from './recorded-api.ts';
import { kubeconfig } from './situation.ts';

// What kubectl's shell completion prints behind `kubectl enbi`, with both programs in PATH.

const home = await mkdtemp(join(tmpdir(), 'enbi-completion-'));
const asked: string[] = [];
const api = createServer((request, response) => {
  asked.push(request.url ?? '');
  const items = [{ metadata: { name: 'web-1', namespace: 'team' } }];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1' }, items }));
});
const silent = createServer((request) => asked.push(`silent ${request.url}`));
let kubectl: string;

beforeAll(async () => {
  kubectl = join((await ensureComponents(() => undefined)).bin, 'kubectl');
  await buildPlugin(home);
  await Promise.all([listen(api), listen(silent)]);
});
afterAll(async () => {
  for (const server of [api, silent]) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  await rm(home, { recursive: true });
});

async function completed(server: string, ...words: readonly string[]): Promise<CommandResult> {
  const file = join(home, 'kubeconfig');
  await writeFile(file, JSON.stringify(kubeconfig({ server }, {}, { namespace: 'team' })));
  const path = [home, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const env = { PATH: path, HOME: home, KUBECONFIG: file };
  return await run([kubectl, '__complete', 'enbi', ...words], { env });
}

test.each([
  ['commands', ['ex'], /^explain\twhy a Pod or a NixBuild waits, and what to do\n:4\n/],
  ['flags', ['explain', '--verb'], /^--verbose\t.*\n:4\n/],
  ['kinds', ['logs', '--follow', 'stateful'], /^statefulset\n:4\n/],
  ['names', ['retry', 'nb/'], /^nb\/web-1\n:4\n/],
  ['names of what has Pods', ['explain', 'deploy', 'w'], /^web-1\n:4\n/],
])('kubectl completes %s', async (_, words, wanted) => {
  const { code, stdout } = await completed(`http://127.0.0.1:${portOf(api)}`, ...words);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(wanted) });
});

test('names are those of the namespace that the line names', async () => {
  asked.length = 0;
  await completed(`http://127.0.0.1:${portOf(api)}`, '--namespace', 'other', 'explain', 'pod/');
  expect(asked).toEqual([expect.stringMatching(/^\/api\/v1\/namespaces\/other\/pods\?/)]);
});

test('a server that never answers is given up, without a word', async () => {
  asked.length = 0;
  const { code, stdout } = await completed(`http://127.0.0.1:${portOf(silent)}`, 'explain', 'nb/');
  expect({ code, stdout }).toEqual({ code: 0, stdout: ':4\n' });
  expect(asked).toEqual([expect.stringContaining('silent ')]);
});
