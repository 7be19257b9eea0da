import { beforeEach, describe, expect, it, test } from 'vitest';
import {
  aBuild,
  aBuilder,
  aContainer,
  aJob,
  aNode,
  aPod,
  aStore,
  noon,
  secondsAfterNoon,
  someSettings,
} from '../../../test/support/builders.ts';
import { aSeenBuild, silentAgents } from '../../../test/support/seen-build.ts';
import { ceilings } from '../../api/ceilings.ts';
import { apiVersion, label, manager } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { noReports } from '../../mailbox/reports.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import { targetOf } from '../../runtime/print-plan.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { Admission } from './admission.ts';
import { decideBuild } from './decide.ts';
import { NameClaims } from './name-claims.ts';
import { jobName } from './names.ts';
import type { SeenBuild } from './observe.ts';
import { reconcileBuild } from './reconcile.ts';

const most = ceilings.keptJobs.value;
const settings = someSettings();
const attempt: NixBuildStatus = { attempts: 2, buildNode: 'node-1' };
const succeeded: NixBuildStatus = {
  ...attempt,
  status: 'Succeeded',
  nodes: ['node-1'],
  logKeptUntil: secondsAfterNoon(300).toISOString(),
  stageTimes: { importFinished: noon.toISOString() },
};
const build = aBuild({ status: succeeded });
const done = aJob(jobName(build), { ended: true });
const another = aJob('another', { ended: true });
const seen = (given: Partial<SeenBuild> = {}) =>
  aSeenBuild({ build, node: aNode(), store: aStore(), jobs: [done], keptJobs: [done], ...given });

function decide(given: Partial<SeenBuild>, seconds = 0, settings_ = settings): Plan {
  return decideBuild(seen(given), secondsAfterNoon(seconds), settings_);
}

function deleted({ actions }: Plan): readonly string[] {
  return actions.map((action) => `${action.type} ${targetOf(action).name}`);
}

const refused = (kind: string, verb: Refusal['verb'] = 'create'): readonly Refusal[] => {
  const ref = { apiVersion: 'batch/v1', kind, namespace: 'team', name: jobName(build) };
  return [{ verb, ref, reason: 'Forbidden', message: 'exceeded quota', times: 1, againInMs: 10_000 }];
};

const goes = [`delete ${done.metadata.name}`];

describe('the build Job of a success', () => {
  it('stays for a while, and is looked at when that is over', () => {
    expect(decide({}, 1)).toMatchObject({ because: 'NothingToDo', actions: [], recheckAfterMs: 299_000 });
    expect(deleted(decide({}, 300))).toEqual(goes);
  });

  test.each<[string, Partial<SeenBuild>, number?]>([
    ['of the attempt before', { build: aBuild({ status: { ...succeeded, attempts: 3 } }) }],
    ['of a store that is being removed', { store: aStore({ ready: 'False' }) }],
    ['of a store that is gone', { store: undefined }],
    ['of an import whose time is not known', { build: aBuild({ status: { ...succeeded, stageTimes: {} } }) }],
    ['that runs on', { runningJobs: [done] }, 15],
    ['that is too old among those of its namespace', { keptJobs: [...others(most), done] }],
  ])('goes at once: one %s', (_, given, seconds = 1) => {
    expect(deleted(decide(given, seconds))).toEqual(goes);
  });

  it('has a moment to end', () => {
    expect(decide({ runningJobs: [done] }, 1)).toMatchObject({ actions: [], recheckAfterMs: 14_000 });
  });

  it('goes at once where the administrator wants that', () => {
    expect(deleted(decide({}, 0, someSettings({ jobTtlSeconds: 0 })))).toEqual(goes);
  });

  it('keeps no other Job of the build', () => {
    const importing = aJob('hello-import-1', { ended: true });
    expect(deleted(decide({ jobs: [done, importing] }))).toEqual([`delete ${importing.metadata.name}`]);
  });

  it('takes those along that are one too many, of whichever build', () => {
    expect(deleted(decide({ keptJobs: [done, ...others(most)] }))).toEqual([`delete other-${most - 1}`]);
    expect(decide({ keptJobs: [done, ...others(most - 1)] }).actions).toEqual([]);
  });

  it('goes with the attempt that follows, and what was told of it', () => {
    const waits = aContainer({ waiting: 'ImagePullBackOff' });
    const onAnother = decide({ lacking: [aNode({ name: 'node-2' })] });
    const vanished = decide({ waiting: [aPod({ creationTimestamp: '2026-11-23T12:00:05Z', containers: [waits] })] });
    for (const plan of [onAnother, vanished]) {
      expect(deleted(plan)).toEqual(goes);
      expect(plan.status?.status).toMatchObject({ status: 'Pending', logKeptUntil: null });
    }
  });

  it('is looked at in time whatever else is waited for', () => {
    const history = { verdict: 'success', newer: 0 } as const;
    const age = someSettings({ history: { ...settings.history, success: { keep: 9, ageMs: 3_600_000 } } });
    expect(decide({ history }, 1, age)).toMatchObject({ because: 'KeptAsRecord', recheckAfterMs: 299_000 });
    const crashing = [aPod({ containers: [aContainer({ waiting: 'ImagePullBackOff' })] })];
    expect(decide({ waiting: crashing }, 1)).toMatchObject({ because: 'PodIsWaking', recheckAfterMs: 59_000 });
  });

  it('keeps no record from being removed', () => {
    const plan = decide({ history: { verdict: 'success', newer: 99 } });
    expect(deleted(plan)).toEqual([`delete ${build.metadata.name}`]);
  });

  const imported = { ok: true, imageDigest: `sha256:${'0'.repeat(64)}`, imageSize: 5 };
  const result = { ...imported, layers: 2, layersSent: 1, bytesSent: 3 };
  const importing = aBuild({
    status: { ...attempt, status: 'Importing', importJobName: 'enbi-agent-node-1' },
  });
  const agent = { ...seen().agent, answer: { order: 'an-order', state: 'done', result } as const };
  const buildJob = { ...seen().buildJob, job: done };

  test.each<[string, Partial<SeenBuild>, number, string | null]>([
    ['so long', {}, 300, secondsAfterNoon(300).toISOString()],
    ['not where it goes at once', {}, 0, null],
    ['not where there is none', { buildJob: seen().buildJob }, 300, null],
  ])('is told of: %s', (_, given, jobTtlSeconds, until) => {
    const plan = decide({ build: importing, agent, buildJob, ...given }, 0, someSettings({ jobTtlSeconds }));
    expect(plan).toMatchObject({ because: 'ImportSucceeded', status: { status: { logKeptUntil: until } } });
  });
});

describe('the build Job of an import that failed', () => {
  const failed: NixBuildStatus = {
    ...attempt,
    status: 'Failed',
    failure: { stage: 'Import', reason: 'NotAnImage', message: 'a program' },
    stageTimes: { buildFinished: noon.toISOString() },
  };
  const again = { status: 'Pending', nextAttemptTime: secondsAfterNoon(60).toISOString() } as const;
  const given = (status: NixBuildStatus) => ({
    build: aBuild({ status: { ...failed, ...status } }),
    runningJobs: [done],
  });

  test.each<[string, NixBuildStatus]>([
    ['where nothing follows', {}],
    ['where it is tried again', again],
  ])('has a moment to end, so that its log stays: %s', (_, status) => {
    expect(decide(given(status), 1)).toMatchObject({ actions: [], recheckAfterMs: 14_000 });
    expect(decide({ ...given(status), runningJobs: [] }, 15)).toMatchObject({ actions: [] });
  });

  test.each<[string, NixBuildStatus, number?]>([
    ['that runs on', {}, 15],
    ['that runs on, where it is tried again', again, 15],
    ['of the attempt before', { attempts: 3 }],
    ['that has told no result', { stageTimes: {} }],
    ['whose result is of a time to come', { stageTimes: { buildFinished: secondsAfterNoon(9).toISOString() } }],
    ['whose build failed', { failure: { stage: 'Build', reason: 'BuildTimedOut', message: 'late' } }],
  ])('goes at once: one %s', (_, status, seconds = 1) => {
    const plan = decide(given(status), seconds);
    expect([plan.because, deleted(plan)]).toEqual(['OldJobsRun', goes]);
  });
});

describe('what is kept gives way', () => {
  const building = aBuild({ status: { ...attempt, status: 'Building', buildJobName: jobName(build) } });
  const failed = (reason: 'RefusedByCluster' | 'PodRefused' | 'PodLost'): NixBuildStatus => ({
    status: 'Pending',
    nextAttemptTime: secondsAfterNoon(20).toISOString(),
    failure: { stage: 'Build', reason, message: 'no' },
  });
  const jobOf = (age: number, hadPods = false) =>
    aJob(jobName(build), { hadPods, creationTimestamp: secondsAfterNoon(-age).toISOString() });
  const noPod = (age: number, hadPods?: boolean) => ({ ...seen().buildJob, job: jobOf(age, hadPods) });
  const kept = { keptJobs: [another], jobs: [] };

  it('beside builders that have nothing to do', () => {
    const idleBuilders = [aBuilder('idle')];
    const plan = decide({ jobs: [], keptJobs: [], idleBuilders, build: building, refusals: refused('Job') });
    expect([plan.because, deleted(plan)]).toEqual(['KeptJobsAreInTheWay', ['delete idle']]);
  });

  test.each<[string, Partial<SeenBuild>]>([
    ['a Job that is refused', { build: building, refusals: refused('Job') }],
    [
      'a Job that is refused before anything was begun',
      { build: aBuild({ status: { ...attempt, status: 'Pending' } }), refusals: refused('Job') },
    ],
    ['a Pod that is not made within seconds', { build: building, buildJob: noPod(5) }],
    ['a build whose Job was refused', { build: aBuild({ status: failed('RefusedByCluster') }) }],
    ['a build whose Pod was refused', { build: aBuild({ status: failed('PodRefused') }) }],
  ])('to %s', (_, given) => {
    const plan = decide({ ...kept, ...given });
    expect([plan.because, deleted(plan)]).toEqual(['KeptJobsAreInTheWay', ['delete another']]);
    // Nobody else has this build looked at again, and what was refused may be tried at once.
    expect(plan).toMatchObject({ recheckAfterMs: 1000, givesUp: true });
    expect(decide({ ...given, jobs: [], keptJobs: [] }).because).not.toBe('KeptJobsAreInTheWay');
  });

  test.each<[string, Partial<SeenBuild>]>([
    ['a store that is refused', { build: building, refusals: refused('NixStore') }],
    ['a build that failed otherwise', { build: aBuild({ status: failed('PodLost') }) }],
    ['a Job that has no Pod yet', { build: building, buildJob: noPod(4) }],
    ['a Job whose Pod is gone', { build: building, buildJob: noPod(5, true) }],
    [
      'anything, where deleting it is refused',
      { build: building, refusals: [...refused('Job'), ...refused('Job', 'delete')] },
    ],
  ])('not to %s', (_, given) => {
    expect(decide({ ...kept, ...given }).because).not.toBe('KeptJobsAreInTheWay');
  });
});

function others(count: number) {
  return Array.from({ length: count }, (_, at) => aJob(`other-${at}`, { ended: true }));
}

describe('in a namespace', () => {
  let stores: Stores;
  beforeEach(() => {
    stores = createStores();
    for (const store of Object.values(stores)) store.replace([], '0');
    const { spec, metadata } = aStore();
    stores.stores.observeWrite({ metadata, spec, status: { ready: 'True' } });
  });

  /** A NixBuild that succeeded, or is otherwise, and the Job that built it. */
  function put(name: string, at: number, { status = 'Succeeded', owner = `uid-${name}` } = {}): void {
    const own = { name, namespace: 'team', uid: `uid-${name}`, resourceVersion: '1' };
    const given = { ...succeeded, status };
    stores.builds.observeWrite({ metadata: own, spec: build.spec, status: given });
    const job = jobName({ ...build, metadata: own });
    stores.jobs.observeWrite({
      metadata: {
        ...own,
        name: job,
        uid: `uid-job-${name}`,
        creationTimestamp: secondsAfterNoon(at).toISOString(),
        labels: { [label.managedBy]: manager, [label.buildUid]: owner },
        annotations: { [label.buildNamespace]: 'team', [label.buildName]: name },
        ownerReferences: [{ apiVersion, kind: 'NixBuild', name, uid: owner, controller: true }],
      },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    });
  }

  async function removedBy(name: string, refusals: readonly Refusal[] = []): Promise<readonly string[]> {
    const clock = new FakeClock(noon.toISOString());
    const plan = await reconcileBuild(`team/${name}`, refusals, {
      stores,
      settings,
      admission: new Admission(stores, settings, { clock, look: () => undefined }),
      names: new NameClaims(stores),
      clock,
      reports: noReports,
      ...silentAgents,
      readTrouble: () => Promise.resolve(''),
    });
    return deleted(plan ?? { because: '', actions: [] }).map((text) => text.replace(/-\w+-build-2$/, ''));
  }

  it('the newest stay', async () => {
    for (let at = 0; at < most + 2; at++) put(`build-${at}`, at);
    expect(await removedBy(`build-${most + 1}`)).toEqual(['delete build-1', 'delete build-0']);
    // Whichever of them is looked at: its own is not deleted twice.
    expect(await removedBy('build-0')).toEqual(['delete build-0', 'delete build-1']);
  });

  it('they give way to one whose Job is refused before it has begun', async () => {
    put('done', 0);
    put('next', 1, { status: 'Pending' });
    expect(await removedBy('next', refused('Job'))).toEqual(['delete done']);
    expect(await removedBy('next')).toEqual([]);
  });

  it('those of other ends, and what is nobody’s, count for nothing', async () => {
    for (let at = 0; at < most; at++) put(`build-${at}`, at);
    put('failed', 50, { status: 'Failed' });
    put('forged', 51, { owner: 'uid-another' });
    expect(await removedBy('build-0')).toEqual([]);
  });
});
