import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disown, down, find, up } from '../../cluster/cluster.ts';

const main = join(import.meta.dirname, 'main.ts');
const report = () => undefined;
let scratch: string;
const begun: Story[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'enbi-story-test-'));
  process.env.ENBI_CLUSTER_STATE = join(scratch, 'state');
});

afterAll(async () => {
  for (const story of begun.filter(({ child }) => child.exitCode === null)) await story.interrupt();
  for (const name of ['first', 'standing']) await down(name);
  await rm(scratch, { recursive: true, force: true });
});

/** `npm start`, as a process of its own. */
class Story {
  readonly child: ChildProcess;
  #said = '';

  constructor(name: string) {
    this.child = spawn(process.execPath, [main, '--name', name], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (text) => (this.#said += text));
    begun.push(this);
  }

  async says(text: string): Promise<void> {
    await expect.poll(() => this.#said, { timeout: 240_000 }).toContain(text);
  }

  async ended(): Promise<{ code: number | null; said: string }> {
    if (this.child.exitCode === null) await once(this.child, 'close');
    return { code: this.child.exitCode, said: this.#said };
  }

  async interrupt(): Promise<{ code: number | null; said: string }> {
    this.child.kill('SIGINT');
    return await this.ended();
  }
}

test('a second npm start is refused at once and leaves the first alone, which then removes what it made', async () => {
  const first = new Story('first');
  await first.says('starting etcd and the API server');
  const second = await new Story('first').ended();
  expect(second.code).toBe(1);
  expect(second.said.trim()).toBe(
    `cluster "first" is in use by process ${first.child.pid}, which is left alone: end that one first (Ctrl-C), or take another: npm start -- --name mine`,
  );
  await first.says('cluster first is up');
  expect((await find('first'))?.owner).toBe('npm start');
  expect((await first.interrupt()).said).toContain('cluster first is removed');
  expect(existsSync(join(scratch, 'state', 'first'))).toBe(false);
});

test('a cluster that npm start -- --keep left is used by the next one, and stays when that is interrupted', async () => {
  const standing = await up({ name: 'standing', nodes: 0, owner: 'npm start', report });
  await disown('standing');
  const story = new Story('standing');
  await story.says('kubectl apply -k deploy/');
  expect((await story.interrupt()).said).toContain('cluster standing stays, as this npm start did not make it');
  expect(await standing.kubectl(['get', 'namespace', 'default', '-o', 'name'])).toBe('namespace/default\n');
});
