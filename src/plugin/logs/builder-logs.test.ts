import { expect, test } from 'vitest';
import { label, manager } from '../../api/labels.ts';
import { reportLine } from '../../api/report.ts';
import { projectNixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { jobName } from '../../controllers/builds/names.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { LiveLog } from '../../runtime/memory-kube/live-log.ts';
import { MemoryCluster, runInMemory } from '../memory-plugin.ts';

const spec = {
  flakeUrl: 'github:a/b',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: 'git.example/hello:1',
};
const of = (step: 'fetch' | 'build', order: string) => [
  `[enbi] ${step} begins: order ${order}`,
  `${step} of ${order}`,
  reportLine({ step, order }, '{"ok":true}'),
];

/** A builder that was made for another NixBuild, has built this one, and is to be told more. */
function aCluster(change: object = {}): MemoryCluster {
  const cluster = new MemoryCluster();
  const failure = { stage: 'Import', reason: 'NameConflict', message: 'taken' };
  const status = { status: 'Failed', attempts: 1, buildJobName: 'other-build-1', failure, ...change };
  cluster.put(resource.builds, { metadata, spec, status });
  putBuilder(cluster, { pod: 'builder', job: 'other-build-1', uid: 'other' });
  for (const step of ['fetch', 'build'] as const) {
    const log = [...of(step, 'other-1'), ...of(step, 'u-1'), ...of(step, 'next-1')];
    cluster.logs.set(`team/builder/${step}`, log.join('\n'));
  }
  return cluster;
}

const metadata = { name: 'hello', namespace: 'team', uid: 'u' };

function putBuilder(cluster: MemoryCluster, { pod, job, uid }: Readonly<Record<'pod' | 'job' | 'uid', string>>): void {
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job, uid: 'j', controller: true };
  const marks = { [label.managedBy]: manager, [label.buildUid]: uid, [label.builder]: 'kind' };
  const labels = { ...marks, 'batch.kubernetes.io/job-name': job };
  const steps = ['fetch', 'build'] as const;
  const containerStatuses = steps.map((name) => ({ name, state: { running: {} } }));
  cluster.put(resource.pods, {
    metadata: { name: pod, namespace: 'team', labels, ownerReferences: [owner] },
    spec: { containers: steps.map((name) => ({ name })) },
    status: { phase: 'Running', containerStatuses },
  });
}

/** A log that goes on. */
function live(cluster: MemoryCluster, key: string, lines: readonly string[]): LiveLog {
  const log = new LiveLog();
  log.print(...lines);
  cluster.logs.set(key, log);
  return log;
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !holds(); turn++) await new Promise(setImmediate);
}

test.each([[[]], [['--follow']]])('of a builder are those of one build alone %j', async (flags) => {
  const { out } = await runInMemory(['logs', ...flags, 'hello'], { cluster: aCluster() });
  expect(out.split('\n').slice(0, 4)).toEqual([
    'fetch  │ [enbi] fetch begins: order u-1',
    'fetch  │ fetch of u-1',
    'build  │ [enbi] build begins: order u-1',
    'build  │ build of u-1',
  ]);
  expect(out).not.toMatch(/other|next/);
});

test('nothing is waited for of an attempt that only loaded the image again', async () => {
  const cluster = aCluster({ status: 'Succeeded', attempts: 2 });
  for (const step of ['fetch', 'build'] as const) live(cluster, `team/builder/${step}`, of(step, 'u-1'));
  expect(await runInMemory(['logs', '--follow', 'hello'], { cluster })).toMatchObject({ code: 0, out: 'Succeeded\n' });
});

test('the end of a build ends them, though the builder goes on and never began it', async () => {
  const cluster = aCluster({ status: 'Building' });
  const log = live(cluster, 'team/builder/fetch', of('fetch', 'other-1'));
  live(cluster, 'team/builder/build', of('build', 'other-1'));
  const clock = new FakeClock();
  const ran = runInMemory(['logs', '--follow', 'hello'], { cluster, clock });
  await until(() => log.followers === 1);
  await clock.advance(5000);
  expect(log.followers).toBe(1);
  const status = { status: 'Cancelled' };
  await cluster.patch(resource.builds, metadata, { status }, { subresource: 'status' });
  await clock.advance(5000);
  expect((await ran).code).toBe(1);
});

test('they go on with those of its own Job where the builder was taken by another build as well', async () => {
  const cluster = aCluster({ status: 'Building' });
  const log = live(cluster, 'team/builder/fetch', of('fetch', 'other-1'));
  const build = projectNixBuild({ metadata, spec, status: { attempts: 1 } });
  putBuilder(cluster, { pod: 'own', job: build === undefined ? '' : jobName(build), uid: 'u' });
  for (const step of ['fetch', 'build'] as const) live(cluster, `team/own/${step}`, of(step, 'u-1'));
  const clock = new FakeClock();
  const ran = runInMemory(['logs', '--follow', 'hello'], { cluster, clock });
  await until(() => log.followers === 1);
  const status = { status: 'Succeeded', buildJobName: null };
  await cluster.patch(resource.builds, metadata, { status }, { subresource: 'status' });
  await clock.advance(5000);
  expect((await ran).out).toContain('fetch  │ fetch of u-1\nbuild  │ [enbi] build begins: order u-1');
});
