import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureComponents } from '../../cluster/components.ts';
import { AgentNode } from '../../test/support/agent.ts';
import { startContainerd, type TestContainerd } from '../../test/support/containerd.ts';
import { aLayer, anImage, dockerArchiveOf } from '../../test/support/images.ts';
import { containerdImages } from '../adapters/containerd/containerd.ts';
import type { NodeImages } from '../importer/ports.ts';

let daemon: TestContainerd;
let images: NodeImages;
let node: AgentNode;

beforeAll(async () => {
  const { bin } = await ensureComponents(() => {});
  daemon = await startContainerd(bin);
  images = containerdImages(daemon.socket);
});
afterAll(async () => {
  images.close();
  await daemon[Symbol.asyncDispose]();
});
beforeEach(async () => {
  node = await AgentNode.create(daemon.socket);
});
afterEach(() => node[Symbol.asyncDispose]());

const anArchive = (bytes = 50_000) =>
  dockerArchiveOf(anImage({ layers: [aLayer({ 'etc/motd': randomBytes(bytes) })] }));

/** A name of its own for each test, since all have one containerd. */
const aName = (tenant: string) => `r.example/${tenant}/${randomBytes(4).toString('hex')}:1`;

async function anImport(id: string, tenant: string, more: object = {}) {
  const imageName = aName(tenant);
  const outPath = await node.built(tenant, id, anArchive());
  return { imageName, order: node.importOrder(id, { tenant, imageName, outPath, ...more }) };
}

/** Of whatever runs, by a part of its command. */
function processesWith(word: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => readOf(pid, 'cmdline').replaceAll('\0', ' ').includes(word));
}

function readOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

test('an image of the list is loaded, and reported with what was sent', async () => {
  const { imageName, order } = await anImport('one', 'team');
  await node.list([order]);
  const report = await node.start().until('one', 'done');
  expect(report.result).toMatchObject({ ok: true, layers: 1, layersSent: 1 });
  expect(await daemon.ctr('images', 'check', `name==${imageName}`)).toMatch(/complete/);
});

test.each([
  ['eats memory', 'eats', 'OutOfMemory'],
  ['eats the heap', 'eats-heap', 'OutOfMemory'],
  ['crashes', 'crashes', 'InvalidResult'],
  ['ends without a word', 'exits', 'InvalidResult'],
  ['says what is no sentence', 'babbles', 'InvalidResult'],
  ['says one line without an end', 'says-much', 'InvalidResult'],
  ['says more lines than the log has room for', 'says-often', 'InvalidResult'],
])("an archive that %s costs another tenant's import nothing", async (_, harm, reason) => {
  const hostile = await anImport('bad', 'attacker', { imageName: `r.example/attacker/hostile-${harm}:1` });
  const agent = node.start();
  await node.list([hostile.order]);
  await agent.until('bad', 'running');
  const good = await anImport('good', 'team');
  const second = await anImport('second', 'team');
  await node.list([hostile.order, good.order, second.order]);
  for (const id of ['good', 'second']) expect((await agent.until(id, 'done')).result).toMatchObject({ ok: true });
  expect((await agent.until('bad', 'done')).result).toMatchObject({ ok: false, reason });
});

test('an archive that hangs is ended when its time is over, with all its processes', async () => {
  const imageName = 'r.example/attacker/hostile-forks:1';
  await node.list([(await anImport('bad', 'attacker', { imageName, seconds: 1 })).order]);
  const report = await node.start().until('bad', 'done');
  expect(report.result).toMatchObject({ ok: false, reason: 'BuildTimedOut', retry: false });
  expect(processesWith('sleep 600')).toEqual([]);
});

test('a place is free again although something that left the process group goes on', async () => {
  const imageName = 'r.example/attacker/hostile-leaves-its-group:1';
  const { order } = await anImport('bad', 'attacker', { imageName, seconds: 1 });
  const good = await anImport('good', 'team');
  await node.list([order, good.order], { atOnce: 1 });
  const agent = node.start();
  await agent.until('good', 'done', 20_000);
  expect(agent.of('bad')).toMatchObject({ state: 'done', result: { reason: 'BuildTimedOut' } });
});

test("another tenant's import is done while archives hang: one place is never theirs", async () => {
  const hostile = await Promise.all(
    [1, 2, 3].map((at) =>
      anImport(`bad-${at}`, 'attacker', { imageName: `r.example/attacker/hostile-hangs:${at}`, seconds: 3600 }),
    ),
  );
  const good = await anImport('good', 'team');
  await node.list([...hostile.map(({ order }) => order), good.order]);
  const agent = node.start();
  expect((await agent.until('good', 'done')).result).toMatchObject({ ok: true });
  expect(agent.of('bad-1')?.state).toBe('running');
});

test('an order that leaves the list is ended, whatever it does, with all its processes', async () => {
  const imageName = 'r.example/attacker/hostile-forks:1';
  const { order } = await anImport('bad', 'attacker', { imageName, seconds: 600 });
  const agent = node.start();
  await node.list([order]);
  await expect.poll(() => processesWith('sleep 600').length).toBe(1);
  // The first to go when the node runs out of memory.
  expect(readOf(processesWith('sleep 600')[0] ?? '', 'oom_score_adj')).toBe('1000\n');
  await node.list([]);
  expect(await agent.until('bad', 'cancelled')).toEqual({ order: 'bad', state: 'cancelled' });
  expect(processesWith('sleep 600')).toEqual([]);
});

test('an import that is cancelled while it sends leaves no lease and no name', async () => {
  const imageName = aName('team');
  const outPath = await node.built('team', 'large', anArchive(400_000_000));
  const agent = node.start();
  await node.list([node.importOrder('large', { tenant: 'team', imageName, outPath })]);
  const leases = async () => await daemon.ctr('leases', 'list', '--quiet');
  await expect.poll(leases).toContain('enbi-import-');
  await node.list([]);
  await agent.until('large', 'cancelled');
  expect([await leases(), await images.record(imageName)]).toEqual(['', undefined]);
});

test('an agent that is killed leaves nothing that runs, and the next one does what was listed', async () => {
  const hostile = await anImport('bad', 'attacker', { imageName: 'r.example/attacker/hostile-never:1' });
  const pin = { by: 'job-one', seconds: 600 };
  const { imageName, order } = await anImport('one', 'team', { pin });
  const first = node.start();
  await node.list([order, hostile.order]);
  await first.until('one', 'running');
  await first.kill();
  await expect.poll(() => processesWith('hostile-child.ts')).toEqual([]);
  const second = node.start();
  expect((await second.until('one', 'done')).result).toMatchObject({ ok: true });
  expect(await images.record(imageName)).toMatchObject({ labels: { 'enbi.hrzn.ee/pinned-by': 'job-one' } });
});

test('a pin stays while an order names it, and goes with the last that does', async () => {
  const { imageName, order } = await anImport('one', 'team', { pin: { by: 'job-two', seconds: 600 } });
  const isPinned = async () => (await images.record(imageName))?.labels['enbi.hrzn.ee/pinned-by'] !== undefined;
  const agent = node.start();
  await node.list([order]);
  await agent.until('one', 'done');
  await node.list([{ id: 'held', pin: { by: 'job-two' } }]);
  await agent.until('held', 'running');
  const other = await anImport('other', 'team');
  await node.list([{ id: 'held', pin: { by: 'job-two' } }, other.order]);
  await agent.until('other', 'done');
  expect(await isPinned()).toBe(true);
  await node.list([]);
  await agent.until('held', 'cancelled');
  await expect.poll(isPinned).toBe(false);
});

test('an agent that is stopped takes off the pins that it was to keep', async () => {
  const { imageName, order } = await anImport('one', 'team', { pin: { by: 'job-three', seconds: 600 } });
  const agent = node.start();
  await node.list([order]);
  await agent.until('one', 'done');
  expect(await agent.stop()).toBe(0);
  expect((await images.record(imageName))?.labels['enbi.hrzn.ee/pinned-by']).toBeUndefined();
});

test('a pin whose holder was killed is taken off by the next agent, that of others never', async () => {
  const { imageName, order } = await anImport('one', 'team', { pin: { by: 'killed', seconds: 600 } });
  const first = node.start();
  await node.list([order]);
  await first.until('one', 'done');
  await first.kill();
  const foreign = aName('foreign');
  const { target } = (await images.record(imageName)) ?? {};
  if (target === undefined) throw new Error(`${imageName} is not there`);
  const leased = await images.lease(`foreign-${imageName.length}`, new Date(Date.now() + 60_000), 'team');
  await leased.createRecord({ name: foreign, target, labels: { 'io.cri-containerd.pinned': 'pinned' } });
  await node.list([]);
  node.start();
  await expect.poll(async () => (await images.record(imageName))?.labels['enbi.hrzn.ee/pinned-by']).toBeUndefined();
  expect(await images.record(foreign)).toMatchObject({ labels: { 'io.cri-containerd.pinned': 'pinned' } });
  await leased.end();
});

test("a link in the place of a tenant's nix leads to nobody else's store", async () => {
  const { order } = await anImport('one', 'attacker');
  await node.built('victim', 'one', anArchive());
  await rename(join(node.stores, 'attacker/nix'), join(node.stores, 'attacker/aside'));
  await symlink('../victim/nix', join(node.stores, 'attacker/nix'));
  await node.list([order]);
  const { result } = await node.start().until('one', 'done');
  expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/^the store cannot be opened/) });
});

test('messages say where an archive lies as Nix does', async () => {
  const { order } = await anImport('one', 'team', { outPath: `/nix/store/${'0'.repeat(32)}-missing` });
  await node.list([order]);
  const { result } = await node.start().until('one', 'done');
  expect(result).toMatchObject({ ok: false, message: expect.stringContaining(`/nix/store/${'0'.repeat(32)}-missing`) });
});

test('an agent ends when it has had nothing to do, with the last order, or when it is stopped', async () => {
  await node.list([], { staySeconds: 0 });
  expect(await node.start().exited()).toBe(0);
  const { order } = await anImport('one', 'team');
  await node.list([{ ...order, once: true }]);
  expect(await node.start().exited()).toBe(0);
  expect(await node.lastWord()).toMatchObject({ order: 'one', state: 'done', result: { ok: true } });
  await node.list([(await anImport('bad', 'team', { imageName: 'r.example/team/hostile-hangs:1' })).order]);
  const stopped = node.start();
  await stopped.until('bad', 'running');
  expect(await stopped.stop()).toBe(0);
  expect(stopped.of('bad')?.state).toBe('cancelled');
  expect(processesWith('hostile-child.ts')).toEqual([]);
});
