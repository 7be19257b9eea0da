import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Cluster, up } from '../cluster/cluster.ts';
import { timingOf } from '../src/runtime/leader/timing.ts';
import { type AuditEntry, auditWrites } from './support/audited-api-server.ts';
import { ControllerProcess } from './support/controller-process.ts';
import { checkout } from './support/source-files.ts';

const seconds = 4;
const retryMs = timingOf(seconds).retryMs;
const name = 'leader-test';

let cluster: Cluster;
let audit: () => Promise<readonly AuditEntry[]>;
let processes: ControllerProcess[] = [];
let made = 0;

beforeAll(async () => {
  cluster = await up({ name, nodes: 0, report: () => undefined });
  audit = await auditWrites(name, cluster);
  await cluster.kubectl(['apply', '-f', join(checkout, 'deploy/crds.yaml')]);
  await cluster.kubectl(['create', 'namespace', 'enbi']);
});
afterAll(() => cluster.down());
afterEach(async () => {
  await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
  processes = [];
  await cluster.kubectl(['--namespace=enbi', 'delete', 'lease', 'enbi-controller', '--ignore-not-found']);
});

async function replica(identity: string, ...flags: readonly string[]): Promise<ControllerProcess> {
  const process = await ControllerProcess.start(identity, cluster.kubeconfig, `--lease-duration=${seconds}`, ...flags);
  processes.push(process);
  await expect.poll(() => process.is('readyz'), { timeout: 30_000 }).toBe(true);
  return process;
}

const Lease = z.object({
  spec: z.object({ holderIdentity: z.string().default(''), acquireTime: z.string(), renewTime: z.string() }).partial(),
});

async function lease() {
  const text = await cluster.kubectl(['--namespace=enbi', 'get', 'lease', 'enbi-controller', '-o', 'json']);
  return Lease.parse(JSON.parse(text)).spec;
}

/** Who holds the lease: the name a process was started with. */
const holder = async () => (await lease()).holderIdentity?.split('_')[0];

const leads = async (process: ControllerProcess) =>
  /^leader_election_master_status\{name="enbi-controller"\} (\d)$/m.exec(await process.metrics())?.[1];

const writesOf = async ({ name: identity }: ControllerProcess) =>
  (await audit()).filter(({ userAgent }) => userAgent === `enbi (${identity})`);

/** A NixBuild that no node can build: whoever works says so in its status. */
async function ask(): Promise<string> {
  const build = `asked-${++made}`;
  const spec = {
    flakeUrl: 'git+https://git.example/a?ref=main',
    system: 'x86_64-linux',
    imageTag: `a.example/${build}:1`,
  };
  const manifest = { apiVersion: 'enbi.hrzn.ee/v1alpha1', kind: 'NixBuild', metadata: { name: build }, spec };
  await cluster.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ ...manifest, spec: { ...spec, packageName: 'default' } }),
  );
  return build;
}

/** Who wrote its status. */
async function answeredBy(build: string): Promise<readonly string[]> {
  const writes = (await audit()).filter(
    ({ objectRef }) => objectRef?.name === build && objectRef.subresource === 'status',
  );
  return [...new Set(writes.map(({ userAgent }) => userAgent))];
}

const answered = async (build: string) =>
  await expect.poll(async () => (await answeredBy(build)).length, { timeout: 30_000 }).toBeGreaterThan(0);

test('of two replicas one works, and both are ready; the other takes over from one that was killed', async () => {
  const one = await replica('killed');
  const two = await replica('heir');
  const first = await ask();
  await answered(first);
  expect(await answeredBy(first)).toEqual(['enbi (killed)']);
  expect([await one.is('readyz'), await two.is('readyz'), await writesOf(two)]).toEqual([true, true, []]);
  expect(await leads(one)).toBe('1');
  expect(await leads(two)).toBe('0');

  one.send('SIGKILL');
  const { renewTime = '' } = await lease();
  const second = await ask();
  await answered(second);
  expect(await answeredBy(second)).toEqual(['enbi (heir)']);
  const waited = Date.parse((await lease()).acquireTime ?? '') - Date.parse(renewTime);
  // That it is at most 20 s of the default 15, elector.test.ts counts on a clock of its own.
  expect(waited).toBeGreaterThanOrEqual(seconds * 1000);
});

test('one that stood still while another took its lease writes nothing more, and works when it has it again', async () => {
  const one = await replica('deposed');
  await answered(await ask());
  one.send('SIGSTOP');
  // Another replica, which does nothing: whatever is done now, the deposed one would have to do.
  const taken = { holderIdentity: 'other', leaseDurationSeconds: 60, acquireTime: null, renewTime: null };
  await sleep(seconds * 1000);
  const patch = ['--namespace=enbi', 'patch', 'lease', 'enbi-controller', '--type=merge', '--patch'];
  await cluster.kubectl([...patch, JSON.stringify({ spec: taken })]);
  const asked = await ask();
  const before = await writesOf(one);
  one.send('SIGCONT');
  await expect.poll(() => one.output, { timeout: 60_000 }).toMatch(/leads no longer[^]*stands by/);
  await sleep(3 * retryMs);
  expect((await writesOf(one)).slice(before.length)).toEqual([]);
  expect(await answeredBy(asked)).toEqual([]);

  await cluster.kubectl([...patch, JSON.stringify({ spec: { ...taken, holderIdentity: '' } })]);
  await answered(asked);
  expect(await answeredBy(asked)).toEqual(['enbi (deposed)']);
});

test('one that is stopped hands over at once, when it has written its last', async () => {
  // So seldom does it look now and then: no busy machine takes so long.
  const leaseSeconds = 600;
  const one = await replica('leaving', `--lease-duration=${leaseSeconds}`);
  await answered(await ask());
  const two = await replica('waiting', `--lease-duration=${leaseSeconds}`);
  one.send('SIGTERM');
  await expect.poll(holder, { timeout: 60_000, interval: 20 }).toBe('waiting');
  await expect.poll(() => one.exitCode, { timeout: 60_000 }).toBe(0);
  const [last] = (await writesOf(one)).slice(-1);
  const [first] = await writesOf(two);
  expect([last?.objectRef?.resource, first?.objectRef?.resource]).toEqual(['leases', 'leases']);
  const between = Date.parse(first?.requestReceivedTimestamp ?? '') - Date.parse(last?.requestReceivedTimestamp ?? '');
  // It was told by its watch.
  expect(between).toBeLessThan(timingOf(leaseSeconds).retryMs);
});

test('one that needs no lease works at once', async () => {
  const one = await replica('alone', '--leader-elect=false');
  await answered(await ask());
  expect((await writesOf(one)).filter(({ objectRef }) => objectRef?.resource === 'leases')).toEqual([]);
  one.send('SIGTERM');
  await expect.poll(() => one.exitCode, { timeout: 60_000 }).toBe(0);
});
