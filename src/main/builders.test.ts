import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { aNode, aStore, someSettings } from '../../test/support/builders.ts';
import { BuilderOrder } from '../api/builder-order.ts';
import { apiVersion, label, ordersAnnotation } from '../api/labels.ts';
import { parseOrderList } from '../api/order-list.ts';
import type { Report, Said } from '../api/report.ts';
import { nameDigest } from '../cluster-view/name-digest.ts';
import type { NixBuild } from '../cluster-view/objects.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { resource } from '../cluster-view/resources.ts';
import { FakeReports } from '../mailbox/fake-reports.ts';
import { settle } from '../runtime/fake-clock.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import { type MemoryControllers, memoryControllers } from './memory-controllers.ts';

const settings = someSettings({ builderIdle: 300, maxBuilds: 40, maxBuildsPerNode: 40 });
const names = Array.from({ length: 20 }, (_, index) => `b${index}`);
const imageOf = (name: string) => `git.example/demo/app:${name}`;

/** Has heard what a test says of one Pod. */
class PodReports extends FakeReports {
  readonly #ofPods = new Map<string, Said>();

  hearOf(pod: string, container: string, said: Said): void {
    this.#ofPods.set(`${pod} ${container}`, said);
  }

  override of({ metadata }: PodView, container: string): Said | undefined {
    return this.isHearing ? this.#ofPods.get(`${metadata.name} ${container}`) : undefined;
  }
}

/** What is made in it was made when the test says it is. */
class TimedKube extends MemoryKubeClient {
  override create(...[type, name, manifest, ...rest]: Parameters<MemoryKubeClient['create']>): Promise<unknown> {
    const { metadata } = z.looseObject({ metadata: z.looseObject({}) }).parse(manifest);
    const made = { ...manifest, metadata: { ...metadata, creationTimestamp: this.now().toISOString() } };
    return super.create(type, name, made, ...rest);
  }
}

let made: MemoryControllers;
let reports: PodReports;

beforeEach(async () => {
  reports = new PodReports();
  const client = new TimedKube();
  made = memoryControllers(settings, client, reports);
  client.now = () => made.clock.now();
  const { stores, controllers, stop } = made;
  const { architecture, os, runtime } = aNode();
  const nodeInfo = { architecture, operatingSystem: os, containerRuntimeVersion: runtime };
  const status = { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo };
  stores.nodes.observeWrite(client.put(resource.nodes, { metadata: { name: 'node-1' }, status }));
  stores.namespaces.observeWrite(client.put(resource.namespaces, { metadata: { name: 'team' } }));
  const store = aStore();
  const imageNames = names.map((name) => nameDigest(imageOf(name)));
  stores.stores.observeWrite(
    client.put(resource.stores, { ...store, apiVersion, kind: 'NixStore', status: { ...store.status, imageNames } }),
  );
  void controllers.builds.run(stop.signal);
  void controllers.builders.run(stop.signal);
  await settle();
});
afterEach(() => made.stop.abort());

function begin(name: string): void {
  const { client, stores, clock } = made;
  const metadata = { namespace: 'team', name, creationTimestamp: clock.now().toISOString() };
  const spec = { flakeUrl: 'github:team/app', packageName: name, system: 'x86_64-linux', imageTag: imageOf(name) };
  stores.builds.observeWrite(client.put(resource.builds, { apiVersion, kind: 'NixBuild', metadata, spec, status: {} }));
}

async function time(ms = 3000): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) await made.clock.advance(500);
}

function seen(name: string): NixBuild {
  const build = made.stores.builds.get(`team/${name}`);
  if (build === undefined) throw new Error(`there is no ${name}`);
  return build;
}

function jobOf(name: string): string {
  return seen(name).status.buildJobName ?? '';
}

const Made = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string() }),
  spec: z.object({
    template: z.object({ metadata: z.looseObject({}), spec: z.object({ containers: z.array(z.looseObject({})) }) }),
  }),
});

/** As the Job's controller and the kubelet do it. */
async function startPods(): Promise<void> {
  await time();
  const { client, stores } = made;
  for (const { metadata } of stores.jobs.list()) {
    const job = Made.parse(await client.get(resource.jobs, metadata));
    const pod = `${metadata.name}-pod`;
    if (stores.jobPods.get(`team/${pod}`) !== undefined) continue;
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: metadata.name, uid: metadata.uid, controller: true };
    const { template } = job.spec;
    const creationTimestamp = client.now().toISOString();
    const placed = { ...template.metadata, namespace: 'team', name: pod, creationTimestamp, ownerReferences: [owner] };
    podIs(placed, template.spec, Object.fromEntries(['fetch', 'build'].map((step) => [step, { running: {} }])));
  }
  await time();
}

function podIs(metadata: object, spec: object, states: Readonly<Record<string, object>>, phase = 'Running'): void {
  const containerStatuses = Object.entries(states).map(([name, state]) => ({ name, state }));
  const given = { metadata, spec: { ...spec, nodeName: 'node-1' }, status: { phase, containerStatuses } };
  made.stores.jobPods.observeWrite(made.client.put(resource.pods, given));
}

async function podEnds(job: string, ends: Readonly<Record<string, object>>, phase: string): Promise<void> {
  const containerStatuses = Object.entries(ends).map(([name, end]) => ({
    name,
    state: { terminated: { finishedAt: made.clock.now().toISOString(), ...end } },
  }));
  const status = { phase, containerStatuses };
  const name = { namespace: 'team', name: `${job}-pod` };
  made.stores.jobPods.observeWrite(await made.client.patch(resource.pods, name, { status }, { subresource: 'status' }));
  await time();
}

const path = `/nix/store/${'a'.repeat(32)}-image`;
const figures = { derivationsBuilt: 1, pathsCopied: 0, bytesCopied: 0, storeSizeBytes: 1, storeFreeBytes: 1 };
const results = {
  fetch: { ok: true, lockedUrl: 'github:team/app/0123456789012345678901234567890123456789' },
  build: { ok: true, drvPath: `${path}.drv`, outPath: path, format: 'archive', ...figures },
};

async function built(name: string): Promise<void> {
  for (const step of ['fetch', 'build'] as const) {
    const report: Report = { step, order: orderOf(name), result: results[step] };
    reports.hearOf(`${jobOf(name)}-pod`, step, { order: report.order, report });
  }
  made.controllers.builds.add(`team/${name}`);
  await time();
}

function orderOf(name: string): string {
  const { metadata, status } = seen(name);
  return `${metadata.uid}-${status.attempts ?? 0}`;
}

async function listedAt(job: string): Promise<readonly string[]> {
  const pod = z
    .object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) })
    .parse(await made.client.get(resource.pods, { namespace: 'team', name: `${job}-pod` }));
  const text = pod.metadata.annotations[ordersAnnotation] ?? '';
  const list = parseOrderList(text, { version: settings.image, order: BuilderOrder });
  return typeof list === 'string' ? [list] : list.orders.map(({ id, order }) => (order === undefined ? 'none' : id));
}

function writes(): readonly string[] {
  return made.client.writes.filter((write) => !/Event/.test(write));
}

async function aBuilt(name: string): Promise<string> {
  begin(name);
  await startPods();
  await built(name);
  return jobOf(name);
}

describe('a builder', () => {
  it('is made for the first build, with its order, and belongs to the store', async () => {
    begin('b0');
    await startPods();
    const [job] = made.stores.jobs.list();
    expect(job?.metadata.ownerReferences).toMatchObject([{ kind: 'NixStore', name: aStore().metadata.name }]);
    expect(job?.metadata.labels?.[label.builder]).toMatch(/^[0-9a-f]{32}$/);
    expect(await listedAt(jobOf('b0'))).toEqual([orderOf('b0')]);
    expect(writes().filter((write) => write.startsWith('patch Pod'))).toEqual([]);
  });

  it('takes the next build with one write to its Pod, and no other Job is made', async () => {
    const job = await aBuilt('b0');
    const before = writes().length;
    begin('b1');
    await time();
    expect(seen('b1').status).toMatchObject({ status: 'Building', buildJobName: job });
    expect(await listedAt(job)).toEqual([orderOf('b1')]);
    expect(writes().slice(before)).toEqual([
      'patch NixBuild team/b1',
      'patch NixBuild team/b1',
      `patch Pod team/${job}-pod`,
    ]);
    await built('b1');
    expect(seen('b1').status.status).toBe('Importing');
    expect(made.stores.jobs.list()).toHaveLength(1);
  });

  it('does one build at a time: who takes it at once with another makes a Job', async () => {
    const job = await aBuilt('b0');
    for (const name of ['b1', 'b2', 'b3']) begin(name);
    await startPods();
    const jobs = ['b1', 'b2', 'b3'].map(jobOf);
    expect(new Set(jobs).size).toBe(3);
    expect(jobs).toContain(job);
    const listed = await Promise.all(jobs.map(listedAt));
    expect(listed).toEqual(['b1', 'b2', 'b3'].map((name) => [orderOf(name)]));
    for (const name of ['b1', 'b2', 'b3']) await built(name);
    expect(['b1', 'b2', 'b3'].map((name) => seen(name).status.status)).toEqual(Array(3).fill('Importing'));
  });

  it('builds many, one after the other, by one Job', async () => {
    await aBuilt('b0');
    for (const name of names.slice(1, 12)) {
      begin(name);
      await time();
      await built(name);
    }
    expect(new Set(names.slice(0, 12).map(jobOf)).size).toBe(1);
  });

  it.each([
    ['ended idle', { fetch: { exitCode: 0 }, build: { exitCode: 0 } }, 'Succeeded'],
    [
      'failed with what it did before',
      {
        fetch: { exitCode: 0 },
        build: { exitCode: 10, message: '{"step":"build","order":"of-another","result":{"ok":false}}' },
      },
      'Failed',
    ],
  ])('that %s before it was told loses its build to another, and no attempt', async (_, ends, phase) => {
    const job = await aBuilt('b0');
    begin('b1');
    await time(1000);
    expect(jobOf('b1')).toBe(job);
    await podEnds(job, ends, phase);
    await startPods();
    expect(jobOf('b1')).not.toBe(job);
    expect(seen('b1').status).toMatchObject({ status: 'Building', attempts: 1 });
    expect(await listedAt(jobOf('b1'))).toEqual([orderOf('b1')]);
  });

  it('that fails has failed for its build alone, and stays to be looked at', async () => {
    const job = await aBuilt('b0');
    begin('b1');
    await time();
    const result = { ok: false, reason: 'BuilderFailed', retry: false, message: 'no' };
    const message = JSON.stringify({ step: 'build', order: orderOf('b1'), result });
    const fetched = JSON.stringify({ step: 'fetch', order: orderOf('b1'), result: results.fetch });
    await podEnds(job, { fetch: { exitCode: 0, message: fetched }, build: { exitCode: 10, message } }, 'Failed');
    expect(seen('b1').status).toMatchObject({ status: 'Failed', failure: { reason: 'BuilderFailed', stage: 'Build' } });
    begin('b2');
    await startPods();
    expect(jobOf('b2')).not.toBe(job);
    expect(made.stores.jobs.get(`team/${job}`)).toBeDefined();
  });

  it('that says nothing of its order after a minute is left to itself', async () => {
    const job = await aBuilt('b0');
    begin('b1');
    await time(70_000);
    await startPods();
    expect(jobOf('b1')).not.toBe(job);
    expect(await listedAt(job)).toEqual([]);
  });

  it('is waited for by a controller that has yet to hear it', async () => {
    const job = await aBuilt('b0');
    begin('b1');
    await time();
    for (const step of ['fetch', 'build']) reports.hearOf(`${job}-pod`, step, { progress: 'half' });
    await time(70_000);
    expect(jobOf('b1')).toBe(job);
  });

  it('ends with its order where its log cannot be read', async () => {
    const job = await aBuilt('b0');
    reports.isHearing = false;
    begin('b1');
    await time(70_000);
    expect(jobOf('b1')).toBe(job);
    const { metadata } = z
      .object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) })
      .parse(await made.client.get(resource.pods, { namespace: 'team', name: `${job}-pod` }));
    expect(metadata.annotations[ordersAnnotation]).toContain('"once":true');
  });

  it('is told that a cancelled build is none any more, and takes another', async () => {
    const job = await aBuilt('b0');
    begin('b1');
    await time();
    const { client, stores } = made;
    const annotations = { 'enbi.hrzn.ee/cancel': 'now' };
    const raw = await client.patch(resource.builds, { namespace: 'team', name: 'b1' }, { metadata: { annotations } });
    stores.builds.observeWrite(raw);
    await time();
    expect(seen('b1').status.status).toBe('Cancelled');
    expect(await listedAt(job)).toEqual([]);
    begin('b2');
    await time();
    expect(jobOf('b2')).toBe(job);
  });

  it('is not taken for a build with a Secret, which it has not', async () => {
    const job = await aBuilt('b0');
    const { client, stores } = made;
    const annotations = { 'enbi.hrzn.ee/nixbuild-secretName': 'token' };
    const metadata = { namespace: 'team', name: 'b1', annotations, creationTimestamp: made.clock.now().toISOString() };
    const spec = { flakeUrl: 'github:team/app', packageName: 'b1', system: 'x86_64-linux', imageTag: imageOf('b1') };
    stores.builds.observeWrite(
      client.put(resource.builds, { apiVersion, kind: 'NixBuild', metadata, spec, status: {} }),
    );
    await startPods();
    expect(jobOf('b1')).not.toBe(job);
  });
});
