import { describe, expect, it, test } from 'vitest';
import {
  aBuild,
  aBuilder,
  aContainer,
  aNamespace,
  aNode,
  aPod,
  aStore,
  noon,
  secondsAfterNoon,
  someSettings,
} from '../../../test/support/builders.ts';
import { aSeenBuild, noJob } from '../../../test/support/seen-build.ts';
import { label } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { createStores } from '../../cluster-view/stores.ts';
import { FakeReports } from '../../mailbox/fake-reports.ts';
import type { Plan } from '../../runtime/plan.ts';
import { buildJob } from './build-job.ts';
import { decideBuild } from './decide.ts';
import { idleBuildersOf } from './idle-builders.ts';
import { jobName, orderId } from './names.ts';
import type { SeenBuild } from './observe.ts';
import { observeJob } from './observe-job.ts';

const settings = someSettings({ builderIdle: 300 });
const building: NixBuildStatus = {
  status: 'Building',
  attempts: 1,
  buildNode: 'node-1',
  buildJobName: 'builder',
  isolation: 'Unprivileged',
  stageTimes: { buildStarted: noon.toISOString() },
};
const build = aBuild({ status: building });
const job = aBuilder();
const report = (step: string, order: string, result: object) => JSON.stringify({ step, order, result });
const noMemory = { ok: false, reason: 'BuilderFailed', retry: false, message: 'no' };
const { waiting: _, ...runs } = aContainer({ running: true });

/** Of `fetch` and `build`: an exit code and what was left; undefined: it runs. */
type End = readonly [exitCode: number, message?: string] | undefined;

function aPodOf(ends: readonly [End, End], seconds = 10) {
  const containers = (['fetch', 'build'] as const).map((name, at) => {
    const [exitCode, message = ''] = ends[at] ?? [];
    if (exitCode === undefined) return { ...runs, name };
    const finishedAt = secondsAfterNoon(seconds).toISOString();
    return { ...runs, name, running: false, terminated: { exitCode, reason: '', message, finishedAt } };
  });
  const labels = { ...job.metadata.labels };
  const pod = aPod({ name: 'builder-0', phase: 'Running', containers });
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

function decide(given: Partial<SeenBuild>, seconds = 20): Plan {
  const seen = { build, node: aNode(), store: aStore(), namespace: aNamespace(), ...given };
  return decideBuild(aSeenBuild(seen), secondsAfterNoon(seconds), settings);
}

const refusal = (name: string) => ({
  verb: 'patch' as const,
  ref: { apiVersion: 'v1', kind: 'Pod', name, namespace: 'team' },
  reason: 'Forbidden',
  message: 'denied by a policy',
  times: 1,
  againInMs: 10_000,
});

const at = (pod: SeenBuild['buildJob']['pod'], given: Partial<SeenBuild['buildJob']> = {}) => ({
  buildJob: { ...noJob, job, pod, order: orderId(build), ...given },
});

describe('a build that has taken a builder', () => {
  const own = orderId(build);
  test.each<[string, Partial<SeenBuild>, string]>([
    ['goes on as long as it runs', at(aPodOf([undefined, undefined])), 'BuildRuns'],
    ['loses one that is gone', at(undefined, { job: undefined }), 'BuilderIsLost'],
    ['loses one whose Pod is gone', at(undefined), 'BuilderIsLost'],
    [
      'loses one that is another’s',
      { ...at(aPodOf([undefined, undefined])), builder: { hasTurn: false, isAtAnother: false, refusals: [] } },
      'BuilderIsLost',
    ],
    ['loses one that ended idle', at(aPodOf([[0], [0]])), 'BuilderIsLost'],
    ['loses one of which half has ended idle', at(aPodOf([[0], undefined])), 'BuilderIsLost'],
    [
      'loses one that failed with another',
      at(aPodOf([[11, report('fetch', 'other-1', noMemory)], undefined])),
      'BuilderIsLost',
    ],
    ['loses one that was killed before it was told', at(aPodOf([undefined, [137]], 3)), 'BuilderIsLost'],
    [
      'has failed with one that was killed later',
      at(aPodOf([[0, report('fetch', own, { ok: true, lockedUrl: 'x' })], [137]])),
      'InfrastructureFailed',
    ],
    [
      'has failed when it says so, though its fetch ends without a word',
      at(aPodOf([[0], [10, report('build', own, noMemory)]])),
      'BuilderFailed',
    ],
    [
      'has failed to fetch',
      at(aPodOf([[10, report('fetch', own, { ...noMemory, reason: 'FetchFailed' })], [0]])),
      'FetchFailed',
    ],
    [
      'loses one that is being deleted',
      at(aPodOf([undefined, undefined]), { job: aBuilder('builder', 'k', { deletionTimestamp: noon.toISOString() }) }),
      'BuilderIsLost',
    ],
  ])('%s', (_name, given, because) => {
    expect(decide(given).because).toBe(because);
  });

  it('counts no attempt when it loses one, and makes a Job of its own then', () => {
    const plan = decide(at(undefined));
    expect(plan).toMatchObject({ actions: [], status: { status: { buildJobName: null } } });
    const { buildJobName: _gone, ...status } = building;
    expect(decide({ build: aBuild({ status }) })).toMatchObject({
      because: 'BuildJobMissing',
      actions: [{ type: 'create' }],
    });
  });

  it('has its own time, however old the builder is', () => {
    const old = aBuilder('builder', 'kind', { creationTimestamp: secondsAfterNoon(-9000).toISOString() });
    const seen = at(aPodOf([undefined, undefined]), { job: old });
    expect(decide(seen).because).toBe('BuildRuns');
    expect(decide(seen, 3600 + 900 + 61)).toMatchObject({ because: 'BuildTimedOut' });
  });

  it('has none by a time to come', () => {
    const stageTimes = { buildStarted: secondsAfterNoon(99_999).toISOString() };
    const seen = at(aPodOf([undefined, undefined]));
    expect(decide({ ...seen, build: aBuild({ status: { ...building, stageTimes } }) }, 9000).because).toBe(
      'BuildTimedOut',
    );
  });
});

describe('a build whose store is ready', () => {
  const { buildJobName: _gone, ...waiting } = { ...building, status: 'Pending' as const };
  const own = aBuild({ status: waiting });
  const isolation = 'Unprivileged';
  const kind = buildJob(own, aStore(), aNode(), isolation, settings).metadata.labels?.[label.builder] ?? '';
  const seen = (...idleBuilders: SeenBuild['idleBuilders']) => ({
    build: own,
    namespace: aNamespace('restricted'),
    idleBuilders,
  });

  it('takes an idle builder of its kind, in one write and no Job', () => {
    const plan = decide(seen(aBuilder('one', 'other'), aBuilder('two', kind)));
    expect(plan).toMatchObject({ actions: [], status: { status: { status: 'Building', buildJobName: 'two' } } });
    expect(plan.events?.[0]?.message).toContain('by Job two, which was there');
  });

  it('takes none of another kind, and none of a store of the same name', () => {
    const foreign = aBuilder('two', kind);
    const [owner] = foreign.metadata.ownerReferences ?? [];
    const ownerReferences = owner === undefined ? [] : [{ ...owner, uid: 'before' }];
    const another = { ...foreign, metadata: { ...foreign.metadata, ownerReferences } };
    expect(decide(seen(aBuilder('one', 'other'), another)).actions).toMatchObject([{ type: 'create' }]);
  });

  it('that was cancelled has nothing to do with its builder when it is tried again', () => {
    const annotations = { 'enbi.hrzn.ee/retry': 'now' };
    const cancelled = aBuild({ annotations, status: { ...building, status: 'Cancelled' } });
    expect(decide({ build: cancelled })).toMatchObject({
      status: { status: { status: 'Pending', buildJobName: null } },
    });
  });

  it('begins its attempt without the name of a builder before', () => {
    const pending = aBuild({ status: { attempts: 1, buildJobName: 'builder' } });
    const plan = decide({ build: pending, place: { is: 'given', node: 'node-1' } });
    expect(plan).toMatchObject({ because: 'PlaceGiven', status: { status: { buildJobName: null, attempts: 2 } } });
  });
});

describe('a builder is idle', () => {
  const idle = (status: NixBuildStatus | undefined, ends: readonly [End, End] = [undefined, undefined]) => {
    const stores = createStores();
    for (const store of Object.values(stores)) store.replace([], '0');
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'builder', uid: job.metadata.uid, controller: true };
    const pod = aPodOf(ends);
    stores.jobs.observeWrite({ ...job, spec: {}, status: { active: 1 } });
    const containerStatuses = pod.containers.map(({ name, terminated }) => ({
      name,
      state: terminated === undefined ? { running: {} } : { terminated },
    }));
    const metadata = { ...pod.metadata, ownerReferences: [owner] };
    stores.jobPods.observeWrite({
      metadata,
      spec: { containers: pod.containers },
      status: { phase: 'Running', containerStatuses },
    });
    if (status !== undefined) stores.builds.observeWrite({ ...build, status });
    return idleBuildersOf('team', stores).length === 1;
  };

  test.each<[string, NixBuildStatus | undefined, boolean]>([
    ['when no build names it', undefined, true],
    ['not while it is to build', building, false],
    ['when what it built is imported', { ...building, status: 'Importing' }, true],
    ['when what it built was cancelled', { ...building, status: 'Cancelled' }, true],
    ['not when what it builds was given up', { ...building, status: 'Failed' }, false],
  ])('%s', (_, status, expected) => {
    expect(idle(status)).toBe(expected);
  });

  it('no more when half of it has ended', () => {
    expect(idle(undefined, [[0], undefined])).toBe(false);
  });
});

it('of what a builder says of another order nothing is taken for progress', () => {
  const stores = createStores();
  for (const store of Object.values(stores)) store.replace([], '0');
  const reports = new FakeReports();
  reports.hear('fetch', { order: 'other-1', progress: 'half of another' });
  const pod = aPodOf([undefined, undefined]);
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'builder', uid: job.metadata.uid, controller: true };
  stores.namespaces.observeWrite({ metadata: { name: 'team', uid: 'uid-team', resourceVersion: '1' } });
  stores.stores.observeWrite({ ...aStore(), apiVersion: 'enbi.hrzn.ee/v1alpha1', kind: 'NixStore' });
  stores.jobs.observeWrite({ ...job, spec: {}, status: {} });
  const containerStatuses = pod.containers.map(({ name }) => ({ name, state: { running: {} } }));
  const metadata = { ...pod.metadata, ownerReferences: [owner] };
  stores.jobPods.observeWrite({ metadata, spec: { containers: pod.containers }, status: { containerStatuses } });
  const builderRefusals = (key: string) => [{ ...refusal(key) }];
  const { buildJob: seen, builder } = observeJob(build, { stores, reports, builderRefusals }, new Map());
  expect([seen.job?.metadata.name, [...seen.said], builder.isAtAnother]).toEqual(['builder', [], true]);
  expect(builder.refusals).toMatchObject([{ ref: { name: 'team/builder' } }]);
});

describe('a builder’s list that the API server refuses', () => {
  const pod = aPodOf([undefined, undefined]);
  const builder = (name: string) => ({ hasTurn: true, isAtAnother: false, refusals: [refusal(name)] });
  const told = (id: string) => ({ ...pod, orders: { digest: '', ask: '', ids: [id] } });

  it('is told on the build that took it, which goes on at once with a Job of its own', () => {
    const plan = decide({ ...at(pod), builder: builder('builder-0') }, 1);
    expect(plan).toMatchObject({
      because: 'BuilderIsNotTold',
      status: { status: { buildJobName: null } },
      events: [{ type: 'Warning', reason: 'RefusedByCluster' }],
    });
    expect(plan.events?.[0]?.message).toContain('refuses to patch Pod team/builder-0: denied by a policy');
  });

  test.each<[string, Partial<SeenBuild>]>([
    ['when it was told before', { ...at(told(orderId(build))), builder: builder('builder-0') }],
    ['of another Pod', { ...at(pod), builder: builder('builder-1') }],
    [
      'when its own Job was made for it',
      {
        ...at(pod),
        builder: builder('builder-0'),
        build: aBuild({ status: { ...building, buildJobName: jobName(build) } }),
      },
    ],
  ])('is no reason to leave it %s', (_, given) => {
    expect(decide(given, 1).because).not.toBe('BuilderIsNotTold');
  });
});
