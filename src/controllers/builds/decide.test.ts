import { describe, expect, it, test } from 'vitest';
import {
  aBuild,
  aContainer,
  aJob,
  aJobPod,
  aNamespace,
  aNode,
  aPod,
  aStore,
  noon,
  secondsAfterNoon,
  someSettings,
} from '../../../test/support/builders.ts';
import { aSeenBuild, noAgent, noJob } from '../../../test/support/seen-build.ts';
import { ceilings } from '../../api/ceilings.ts';
import { mergeConditions } from '../../api/conditions.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import { storeName } from '../../cluster-view/names.ts';
import { isActive } from '../../cluster-view/road.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { decideBuild, rules } from './decide.ts';
import { jobName } from './names.ts';
import type { SeenAgent, SeenBuild } from './observe.ts';
import { type Clearable, verdicts } from './status.ts';

const store32 = 'a'.repeat(32);
const outPath = `/nix/store/${store32}-image.tar`;
/** Of the Job of an agent. */
const refusedAgent: Refusal = {
  verb: 'create',
  ref: { apiVersion: 'batch/v1', kind: 'Job', name: 'enbi-agent-node-1', namespace: 'enbi' },
  reason: 'Forbidden',
  message: 'exceeded quota',
  times: 1,
  againInMs: 10_000,
};
const built = {
  ok: true,
  drvPath: `/nix/store/${store32}-image.tar.drv`,
  outPath,
  format: 'archive',
  derivationsBuilt: 3,
  pathsCopied: 1,
  bytesCopied: 10,
  storeSizeBytes: 100,
  storeFreeBytes: 1000,
};
const imported = {
  ok: true,
  imageDigest: `sha256:${'0'.repeat(64)}`,
  imageSize: 5,
  layers: 2,
  layersSent: 1,
  bytesSent: 3,
};
const notAnImage = { ok: false, reason: 'NotAnImage', retry: false, message: 'the package built a program' };
const chosen: NixBuildStatus = {
  status: 'Pending',
  progress: 'waiting for the store',
  buildNode: 'node-1',
  storeName: storeName('node-1', 'team'),
  attempts: 1,
};
const building: NixBuildStatus = {
  ...chosen,
  status: 'Building',
  isolation: 'Unprivileged',
  buildJobName: nameOfJob(1),
  progress: 'building',
};
const withScope = { ...aBuild({ status: chosen }), storeScope: '0123456789abcdef'.repeat(2) };
/** No Job of it has been seen yet. */
const { buildJobName: _, ...begun } = building;
const unrecorded: NixBuildStatus = { ...building, status: 'Importing', outPath, outFormat: 'archive' };
const importing: NixBuildStatus = {
  ...unrecorded,
  importJobName: 'enbi-agent-node-1',
  stageTimes: { importStarted: noon.toISOString() },
};
const backingOff: NixBuildStatus = { status: 'Pending', timesHeldUp: 1, nextAttemptTime: '2026-11-23T12:00:10.000Z' };
const succeeded: NixBuildStatus = {
  ...importing,
  status: 'Succeeded',
  nodes: ['node-1'],
  stageTimes: { importFinished: noon.toISOString() },
};
function silentFor(seconds: number) {
  return aNode({ ready: false, readySince: secondsAfterNoon(-seconds).toISOString() });
}

function madeAt(time: Date) {
  const store = aStore();
  return { ...store, metadata: { ...store.metadata, creationTimestamp: time.toISOString() } };
}

function nameOfJob(attempts: number): string {
  return jobName(aBuild({ status: { attempts } }));
}

/** The place was given up, the result is still in the store. */
const { buildNode: __, ...vanished }: NixBuildStatus = { ...succeeded, status: 'Pending', nodes: [] };

function seen(given: Partial<SeenBuild> = {}): SeenBuild {
  return aSeenBuild({
    namespace: aNamespace(),
    node: aNode(),
    store: aStore(),
    // Asked for only where there is no node.
    place: given.build?.status.buildNode === undefined ? { is: 'given', node: 'node-1' } : undefined,
    ...given,
  });
}

/** Whatever the situation, what waits says under PROGRESS for what. */
function decide(given: Partial<SeenBuild>, now = noon): Plan {
  const situation = seen(given);
  const plan = decideBuild(situation, now, someSettings());
  if (plan.status?.ref.kind === 'NixBuild') expectProgress(plan.because, situation.build.status, plan.status.status);
  return plan;
}

function expectProgress(because: string, before: NixBuildStatus, change: Clearable<NixBuildStatus>): void {
  const { status, progress, conditions } = { ...before, ...change };
  const isOver = /^(Succeeded|Failed|Cancelled)$/.test(status ?? '');
  expect(isOver || (progress ?? '') !== '', `${because} leaves PROGRESS empty`).toBe(true);
  const isNews = conditions?.[0]?.reason !== before.conditions?.[0]?.reason;
  expect(!isNews || 'progress' in change, `${because} leaves PROGRESS as it was`).toBe(true);
}

const withPod = (pod: ReturnType<typeof aJobPod>) => ({ job: aJob(), pod, said: new Map(), trouble: '' });
/** An agent that runs, and what it said last of the import. */
const agentWith = (answer?: SeenAgent['answer']): SeenAgent => ({
  ...noAgent,
  job: aJob(),
  pod: aPod({ containers: [{ ...withoutWaiting(aContainer({ name: 'agent' })), running: true }] }),
  answer,
});
const answered = (result: object): SeenAgent => agentWith({ order: 'an-order', state: 'done', result });
const aProgram = answered(notAnImage);

function withoutWaiting({ waiting: _waiting, ...container }: ContainerView): ContainerView {
  return container;
}

test('a store remembers the last names only', () => {
  const most = ceilings.namesOfStore.value;
  const imageNames = Array.from({ length: most }, (_, at) => String(at).padStart(32, '0'));
  const plan = decide({ build: aBuild({ status: unrecorded }), store: aStore({ ready: 'True', imageNames }) });
  const kept = [...imageNames.slice(1), nameDigest('git.example/demo/hello:1.0')];
  expect(plan.status).toMatchObject({ ref: { kind: 'NixStore' }, resourceVersion: '3', status: { imageNames: kept } });
});

describe('which rule speaks', () => {
  test.each<[string, Partial<SeenBuild>, string, object?]>([
    ['gives nothing to a build that is being deleted', { build: aBuild({ deletionTimestamp: 'x' }) }, 'BuildIsGoing'],
    [
      'ends the work of a build that is being deleted, whatever keeps it',
      { build: aBuild({ deletionTimestamp: 'x', status: building }), jobs: [aJob('b'), aJob('i')] },
      'GoingJobsAreLeft',
    ],
    [
      'deletes no Job of it twice',
      { build: aBuild({ deletionTimestamp: 'x', status: building }), jobs: [aJob('b', { deletionTimestamp: 'x' })] },
      'BuildIsGoing',
    ],
    [
      'refuses a path reference',
      { build: aBuild({ spec: { flakeUrl: 'path:/etc' } }) },
      'InvalidFlakeReference',
      { status: 'Failed' },
    ],
    [
      'refuses an image without a host',
      { build: aBuild({ spec: { imageTag: 'hello:1' } }) },
      'InvalidImageName',
      { status: 'Failed' },
    ],
    [
      'refuses a name of enbi’s own image, whatever the tag',
      { build: aBuild({ spec: { imageTag: 'enbi.hrzn.ee/enbi:next' } }) },
      'NameConflict',
      { status: 'Failed' },
    ],
    [
      'refuses the name of the node’s sandbox image, also one that is not there yet',
      { build: aBuild({ spec: { imageTag: 'registry.k8s.io/pause:99' } }) },
      'NameConflict',
      { status: 'Failed' },
    ],
    [
      'refuses a name that no Secret can have',
      { build: aBuild({ annotations: { 'enbi.hrzn.ee/nixbuild-secretName': '' } }) },
      'InvalidSecretName',
      { status: 'Failed' },
    ],
    [
      'refuses it in any phase: the annotation may be changed',
      { build: aBuild({ status: building, annotations: { 'enbi.hrzn.ee/nixbuild-secretName': 'A B' } }) },
      'InvalidSecretName',
      { status: 'Failed' },
    ],
    [
      'refuses a package name that is no attribute path',
      { build: aBuild({ spec: { packageName: 'a b' } }) },
      'InvalidPackageName',
    ],
    [
      'takes no place for a name that is somebody else’s, and does not say whose',
      { nameIsTaken: true },
      'NameConflict',
      {
        status: 'Failed',
        failure: {
          stage: 'Schedule',
          reason: 'NameConflict',
          message: 'no image is loaded under git.example/demo/hello:1.0: the name is taken; use another name or tag',
        },
      },
    ],
    [
      'begins no build whose name became somebody else’s while it waited for its store',
      { build: aBuild({ status: chosen }), nameIsTaken: true },
      'NameConflict',
    ],
    ['takes the place it is given', {}, 'PlaceGiven', { buildNode: 'node-1', attempts: 1, status: 'Pending' }],
    ['waits when no node fits', { place: { is: 'nowhere', refusals: new Map() } }, 'NoNodeFits', { status: 'Pending' }],
    ['waits for its turn', { place: { is: 'later' } }, 'OthersComeFirst', { status: 'Pending' }],
    ['waits outside of the queue', { place: { is: 'crowded' } }, 'NamespaceIsCrowded', { status: 'Pending' }],
    ['waits for what it has not seen yet', { place: undefined }, 'PlaceIsUnknown'],
    [
      'imports again what the store of the node has',
      { build: aBuild({ status: vanished }) },
      'ResultIsInStore',
      { status: 'Importing', buildNode: 'node-1', attempts: 2 },
    ],
    [
      'builds what was in a store that was removed and made anew',
      {
        build: aBuild({ status: { ...vanished, stageTimes: { buildFinished: noon.toISOString() } } }),
        store: madeAt(secondsAfterNoon(1)),
      },
      'PlaceGiven',
    ],
    [
      'imports again what was built in this very store',
      {
        build: aBuild({ status: { ...vanished, stageTimes: { buildFinished: noon.toISOString() } } }),
        store: madeAt(secondsAfterNoon(-1)),
      },
      'ResultIsInStore',
    ],
    [
      'builds what only the store of another node has',
      { build: aBuild({ status: vanished }), place: { is: 'given', node: 'node-2' } },
      'PlaceGiven',
      { status: 'Pending', buildNode: 'node-2', attempts: 2 },
    ],
    [
      'builds what is in a store that is not ready',
      { build: aBuild({ status: vanished }), store: aStore({ ready: 'False' }) },
      'PlaceGiven',
    ],
    [
      'rests when nobody waits on another node any more',
      { build: aBuild({ status: { ...vanished, nodes: ['node-1'] } }), place: { is: 'unwanted' } },
      'NobodyWaits',
      { status: 'Succeeded', buildNode: 'node-1' },
    ],
    ['asks for the store of the chosen node', { build: aBuild({ status: chosen }), store: undefined }, 'StoreMissing'],
    [
      'asks for one for its repository, as long as its namespace may have another',
      { build: withScope, store: undefined, scopedStores: ceilings.storesOfNamespace.value - 1 },
      'StoreMissing',
    ],
    [
      'gives its slot back while its namespace may have no more',
      { build: withScope, store: undefined, scopedStores: ceilings.storesOfNamespace.value },
      'HeldUp',
      { status: 'Pending', nextAttemptTime: secondsAfterNoon(30).toISOString() },
    ],
    [
      'uses the one of its repository, however many there are',
      { build: withScope, scopedStores: ceilings.storesOfNamespace.value },
      'StoreReady',
    ],
    [
      'asks for the one of its namespace, however many there are for one repository',
      { build: aBuild({ status: chosen }), store: undefined, scopedStores: ceilings.storesOfNamespace.value },
      'StoreMissing',
    ],
    ['waits for the store', { build: aBuild({ status: chosen }), store: aStore({ ready: 'False' }) }, 'StoreNotReady'],
    [
      'waits for a namespace that was seen later',
      { build: aBuild({ status: chosen }), namespace: undefined },
      'NamespaceUnknown',
    ],
    [
      'takes no store of an earlier namespace',
      {
        build: aBuild({ status: chosen }),
        store: undefined,
        foreignStore: { ...aStore(), spec: { ...aStore().spec, tenantUid: 'uid-of-the-first' } },
      },
      'StoreOfAnother',
    ],
    [
      'takes the store of its own namespace',
      { build: aBuild({ status: chosen }), store: { ...aStore(), spec: { ...aStore().spec, tenantUid: 'uid-team' } } },
      'StoreReady',
    ],
    [
      'creates the build Job on a ready store',
      { build: aBuild({ status: chosen }) },
      'StoreReady',
      { status: 'Building' },
    ],
    [
      'begins anew when the chosen node left',
      { build: aBuild({ status: chosen }), node: undefined },
      'InfrastructureFailed',
    ],
    [
      'begins anew when the chosen node is not ready for a minute',
      { build: aBuild({ status: building }), buildJob: withPod(aJobPod({})), node: silentFor(60) },
      'InfrastructureFailed',
      { status: 'Pending', failure: { reason: 'NodeLost' } },
    ],
    [
      'waits for a node that is silent, and says so',
      { build: aBuild({ status: building }), buildJob: withPod(aJobPod({})), node: silentFor(59) },
      'NodeIsSilent',
    ],
    [
      'makes nothing on a node that is silent',
      { build: aBuild({ status: chosen }), node: silentFor(1) },
      'NodeIsSilent',
    ],
    [
      'waits for a silent node while it imports',
      { build: aBuild({ status: importing }), agent: agentWith(), node: silentFor(1) },
      'NodeIsSilent',
    ],
    [
      'takes what a silent node had told before',
      {
        build: aBuild({ status: importing }),
        agent: answered(imported),
        node: silentFor(70),
      },
      'ImportSucceeded',
    ],
    [
      'ends the Job of an attempt that was given up',
      { build: aBuild({ status: { ...building, attempts: 2 } }), runningJobs: [aJob(nameOfJob(1))] },
      'OldJobsRun',
    ],
    [
      'ends the Job of the last attempt while it waits for the next',
      {
        build: aBuild({ status: { ...chosen, nextAttemptTime: '2026-11-23T12:00:10.000Z' } }),
        runningJobs: [aJob(nameOfJob(1))],
      },
      'OldJobsRun',
    ],
    [
      'ends the Job of the last attempt while it waits for its turn',
      { build: aBuild({ status: { attempts: 1 } }), place: { is: 'later' }, runningJobs: [aJob(nameOfJob(1))] },
      'OldJobsRun',
    ],
    [
      'ends what runs for a build that has failed',
      { build: aBuild({ status: { ...chosen, status: 'Failed' } }), runningJobs: [aJob(nameOfJob(1))] },
      'OldJobsRun',
    ],
    [
      'leaves its own Job alone',
      { build: aBuild({ status: building }), runningJobs: [aJob(nameOfJob(1))], buildJob: withPod(aJobPod({})) },
      'BuildRuns',
    ],
    ['creates a build Job whose create was lost', { build: aBuild({ status: begun }) }, 'BuildJobMissing'],
    [
      'tries again when the build Job was deleted',
      { build: aBuild({ status: building }) },
      'InfrastructureFailed',
      { status: 'Pending' },
    ],
    ['follows a running build', { build: aBuild({ status: building }), buildJob: withPod(aJobPod({})) }, 'BuildRuns'],
    [
      'goes on to the import',
      { build: aBuild({ status: building }), buildJob: withPod(aJobPod({ build: { message: built } })) },
      'BuildSucceeded',
      { status: 'Importing', outPath },
    ],
    [
      'records that a script was built in place of its archive, and forgets what an earlier attempt did with one',
      {
        build: aBuild({ status: { ...building, built: { script: 'run' } } }),
        buildJob: withPod(aJobPod({ build: { message: { ...built, format: 'script', archive: 'skipped' } } })),
      },
      'BuildSucceeded',
      { outFormat: 'script', built: expect.objectContaining({ archive: 'skipped', script: null }) },
    ],
    [
      'forgets that an earlier attempt built no archive',
      {
        build: aBuild({ status: { ...building, built: { archive: 'skipped', script: 'read' } } }),
        buildJob: withPod(aJobPod({ build: { message: built } })),
      },
      'BuildSucceeded',
      { outFormat: 'archive', built: expect.objectContaining({ archive: null, script: null }) },
    ],
    [
      'keeps that no archive was built when the script has been imported',
      {
        build: aBuild({ status: { ...importing, built: { archive: 'skipped' } } }),
        agent: answered({ ...imported, script: 'read' }),
      },
      'ImportSucceeded',
      { built: expect.objectContaining({ archive: 'skipped', script: 'read' }) },
    ],
    [
      'has the store remember the name before anybody is told to load it',
      { build: aBuild({ status: unrecorded }), store: aStore({ ready: 'True', imageNames: ['0'.repeat(32)] }) },
      'NameUnrecorded',
      { imageNames: ['0'.repeat(32), nameDigest('git.example/demo/hello:1.0')] },
    ],
    [
      'imports nothing under a name that became somebody else’s while it was built',
      { build: aBuild({ status: importing }), nameIsTaken: true },
      'NameConflict',
      { status: 'Failed', failure: { stage: 'Import', reason: 'NameConflict' } },
    ],
    [
      'lets an import end whose name others have begun to use',
      {
        build: aBuild({ status: importing }),
        agent: answered(imported),
        nameIsTaken: true,
      },
      'ImportSucceeded',
    ],
    [
      'has the agent do the import by saying so in the status',
      { build: aBuild({ status: unrecorded }) },
      'ImportUnrecorded',
      { importJobName: importing.importJobName, stageTimes: { importStarted: noon.toISOString() } },
    ],
    [
      'has another agent do it when that is followed by another, in what is left of the time',
      { build: aBuild({ status: importing }), agent: { ...noAgent, name: 'enbi-agent-other' } },
      'ImportUnrecorded',
      { importJobName: 'enbi-agent-other', stageTimes: importing.stageTimes },
    ],
    [
      'begins anew what is said to have begun in times to come',
      { build: aBuild({ status: { ...importing, stageTimes: { importStarted: '2099-01-01T00:00:00Z' } } }) },
      'ImportUnrecorded',
      { stageTimes: { importStarted: noon.toISOString() } },
    ],
    [
      'tries again when the store goes that an agent imports from',
      { build: aBuild({ status: importing }), agent: agentWith(), store: undefined },
      'InfrastructureFailed',
      { status: 'Pending', failure: expect.objectContaining({ message: 'the store that has the result is gone' }) },
    ],
    [
      'tries again when the result is not known any more that an agent imports',
      { build: aBuild({ status: { ...importing, outPath: '/etc' } }), agent: agentWith() },
      'InfrastructureFailed',
    ],
    [
      'has the store remember the name again when it forgets it meanwhile',
      { build: aBuild({ status: importing }), agent: agentWith(), store: aStore({ ready: 'True', imageNames: [] }) },
      'NameUnrecorded',
    ],
    ['waits for an agent that is not there yet', { build: aBuild({ status: importing }) }, 'ImportRuns'],
    [
      'waits for another agent when the order was cancelled with the one before',
      { build: aBuild({ status: importing }), agent: agentWith({ order: 'an-order', state: 'cancelled' }) },
      'ImportRuns',
    ],
    [
      'fails what an agent does not know',
      { build: aBuild({ status: importing }), agent: agentWith({ order: 'an-order', state: 'refused' }) },
      'InvalidResult',
    ],
    [
      'fails what an agent tells in no way that can be read',
      { build: aBuild({ status: importing }), agent: answered({ ok: true, imageDigest: '/etc' }) },
      'InvalidResult',
    ],
    [
      'tells what keeps its agent from being made',
      { build: aBuild({ status: importing }), agent: { ...noAgent, refusals: [refusedAgent] } },
      'WriteWasRefused',
    ],
    ['follows a running import', { build: aBuild({ status: importing }), agent: agentWith() }, 'ImportRuns'],
    [
      'succeeds',
      { build: aBuild({ status: importing }), agent: answered(imported) },
      'ImportSucceeded',
      { status: 'Succeeded', nodes: ['node-1'] },
    ],
    [
      'names the images of the flake when a program was built',
      { build: aBuild({ status: { ...importing, imagesBeside: ['image', '"web.image"'] } }), agent: aProgram },
      'NotAnImage',
      {
        status: 'Failed',
        failure: expect.objectContaining({
          message: `${notAnImage.message}; perhaps this packageName is meant: image or "web.image"`,
        }),
      },
    ],
    [
      'names them within what a message may have',
      {
        build: aBuild({ status: { ...importing, imagesBeside: Array.from({ length: 5 }, () => 'x'.repeat(110)) } }),
        agent: answered({ ...notAnImage, message: 'm'.repeat(1024) }),
      },
      'NotAnImage',
      { failure: expect.objectContaining({ message: expect.stringMatching(/^m+….{600,1000}$/) }) },
    ],
    [
      'names none where none is known',
      { build: aBuild({ status: importing }), agent: aProgram },
      'NotAnImage',
      { failure: expect.objectContaining({ message: notAnImage.message }) },
    ],
    ['removes the Jobs of a success', { build: aBuild({ status: succeeded }), jobs: [aJob()] }, 'JobsAreLeft'],
    ['rests after a success', { build: aBuild({ status: succeeded }) }, 'NothingToDo'],
    [
      'keeps the Jobs of a failure',
      { build: aBuild({ status: { status: 'Failed' } }), jobs: [aJob(jobName(aBuild()))] },
      'NothingToDo',
    ],
    [
      'answers the retry annotation',
      { build: aBuild({ status: { status: 'Failed', attempts: 3 }, annotations: { 'enbi.hrzn.ee/retry': '1' } }) },
      'RetryWasAsked',
      { status: 'Pending' },
    ],
    [
      'answers the retry annotation while the next attempt is waited for',
      { build: aBuild({ status: backingOff, annotations: { 'enbi.hrzn.ee/retry': '1' } }) },
      'RetryWasAsked',
      { nextAttemptTime: null, retryAnswered: '1', timesHeldUp: null, progress: 'trying again as asked' },
    ],
    [
      'waits on where that was answered before',
      {
        build: aBuild({
          status: { ...backingOff, retryAnswered: '1' },
          annotations: { 'enbi.hrzn.ee/retry': '1' },
        }),
      },
      'RetryIsNotDue',
    ],
    [
      'leaves a retry annotation for later while an attempt is about to begin',
      { build: aBuild({ status: { status: 'Pending' }, annotations: { 'enbi.hrzn.ee/retry': '1' } }) },
      'PlaceGiven',
    ],
    [
      'answers a retry annotation once',
      {
        build: aBuild({ status: { status: 'Failed', retryAnswered: '1' }, annotations: { 'enbi.hrzn.ee/retry': '1' } }),
      },
      'NothingToDo',
    ],
  ])('%s', (_, given, because, status) => {
    const plan = decide(given);
    expect(plan.because).toBe(because);
    if (status !== undefined) expect(plan.status?.status).toMatchObject(status);
  });

  const beside = aStore({ ready: 'False' });
  test.each<[string, Partial<SeenBuild>, string]>([
    ['waits for its turn', { place: { is: 'later' } }, 'waiting for its turn'],
    ['waits outside of the queue', { place: { is: 'crowded' } }, 'waiting for its turn'],
    [
      'fits no node',
      { place: { is: 'nowhere', refusals: new Map([['cordoned', 2]]) } },
      'no node can build for x86_64-linux: 2 cordoned',
    ],
    ['was just given a node', {}, 'waiting for the store on node-1'],
    ['waits for its store', { build: aBuild({ status: chosen }), store: beside }, 'store on node-1: being prepared'],
    ['has no Job yet', { build: aBuild({ status: chosen }) }, 'fetching'],
    ['waits for a silent node', { build: aBuild({ status: chosen }), node: silentFor(1) }, 'node node-1 is not ready'],
    [
      'was refused its Job',
      { build: aBuild({ status: chosen }), refusals: refused({}) },
      'jobs.batch "x" is forbidden: exceeded quota: small, used: count/jobs.batch=2',
    ],
    [
      'is to be loaded again',
      { build: aBuild({ status: succeeded }), waiting: waiting('2026-11-23T12:05:00Z') },
      'loading it again',
    ],
    [
      'is to be tried again',
      { build: aBuild({ status: { status: 'Cancelled' }, annotations: { 'enbi.hrzn.ee/retry': '1' } }) },
      'trying again as asked',
    ],
  ])('says under PROGRESS for what it waits: %s', (_, given, progress) => {
    expect(decide(given).status?.status).toMatchObject({ progress });
  });

  it('says nothing there of a turn that is not waited for any more', () => {
    const status = { ...vanished, nodes: ['node-1'], progress: 'waiting for its turn' };
    const plan = decide({ build: aBuild({ status }), place: { is: 'unwanted' } });
    expect(plan.status?.status).toMatchObject({ status: 'Succeeded', progress: null });
  });

  it('records a Job that it has seen before it looks at what came of it', () => {
    const sandboxed: NixBuildStatus = { ...begun, isolation: 'Sandboxed' };
    const startError = withPod(aJobPod({ fetch: { exitCode: 128, reason: 'StartError', message: '' } }));
    const plan = decide({ build: aBuild({ status: sandboxed }), buildJob: startError });
    expect(plan).toMatchObject({ because: 'BuildRuns', status: { status: { buildJobName: nameOfJob(1) } } });
  });

  it('pins the order of the rules', () => {
    const names = Object.fromEntries(
      Object.entries(rules).map(([phase, list]) => [phase, list.map((rule) => rule.name)]),
    );
    expect(names).toMatchSnapshot();
  });
});

const { waiting: ___, ...idle } = aContainer();
/** Something of it runs. */
const busy = aJobPod({}, { phase: 'Running', containers: [{ ...idle, running: true }] });

const words = 'jobs.batch "x" is forbidden: exceeded quota: small,\u001b[2J used: count/jobs.batch=2';
const refused = (ref: Partial<Refusal['ref']>, given: Partial<Refusal> = {}): readonly Refusal[] => [
  {
    verb: 'create',
    ref: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'team', name: nameOfJob(1), ...ref },
    reason: 'Forbidden',
    message: words,
    times: 1,
    againInMs: 10_000,
    ...given,
  },
];

function commandOf({ status }: Plan): unknown {
  const { failure }: { failure?: { reproduce?: unknown } } = { ...status?.status };
  return failure?.reproduce;
}

function failed(result: object, exitCode = 10): Plan {
  const pod = aJobPod({ build: { exitCode, message: result } });
  return decide({ build: aBuild({ status: building }), buildJob: withPod(pod) });
}

function waiting(created: string) {
  return [aPod({ creationTimestamp: created })];
}

describe('the version that a reference was resolved to', () => {
  const lockedUrl = `git+https://git.example/hello?ref=refs/tags/1.0&rev=${'a'.repeat(40)}`;
  const fetched = { message: { ok: true, lockedUrl } };
  const failing = { exitCode: 10, message: { ok: false, reason: 'BuilderFailed', retry: false, message: 'x' } };

  it('is recorded before anything else is, and named when the build fails', () => {
    const buildJob = withPod(aJobPod({ fetch: fetched, build: failing }));
    const first = decide({ build: aBuild({ status: building }), buildJob });
    expect(first.status?.status).toMatchObject({ lockedUrl });
    const then = decide({ build: aBuild({ status: { ...building, lockedUrl } }), buildJob });
    expect(then.status?.status).toMatchObject({
      status: 'Failed',
      failure: { reproduce: expect.stringContaining(lockedUrl) },
    });
  });

  it('is forgotten when the user asks for another attempt, unless a node has the image', () => {
    const annotations = { 'enbi.hrzn.ee/retry': '1' };
    const retried = (status: NixBuildStatus) =>
      decide({ build: aBuild({ status: { status: 'Failed', lockedUrl, ...status }, annotations }) }).status?.status;
    expect(retried({})).toHaveProperty('lockedUrl', null);
    expect(retried({ nodes: ['node-1'] })).not.toHaveProperty('lockedUrl');
  });

  it('is kept by attempts that the controller makes by itself', () => {
    const status = { ...chosen, lockedUrl, nextAttemptTime: noon.toISOString() };
    expect(decide({ build: aBuild({ status }) }, secondsAfterNoon(1)).status?.status).not.toHaveProperty('lockedUrl');
  });
});

describe('failures', () => {
  it("is final when the user's build fails, with what a person needs", () => {
    const plan = failed({
      ok: false,
      reason: 'BuilderFailed',
      retry: false,
      message: 'builder of app failed',
      derivation: 'app',
      logTail: 'no such file',
    });
    expect(plan.status?.status).toMatchObject({
      status: 'Failed',
      failure: { stage: 'Build', reason: 'BuilderFailed', derivation: 'app', logTail: 'no such file' },
    });
    expect(plan.status?.status).toMatchObject({
      failure: {
        reproduce: `nix build --print-build-logs 'git+https://git.example/hello?ref=refs/tags/1.0#packages.x86_64-linux.default'`,
      },
    });
    expect(plan.events?.[0]?.message).toContain('no such file');
    expect(plan.actions).toEqual([]);
  });

  it.each<[string, Reason, boolean]>([
    ['the flake cannot be fetched', 'FetchFailed', true],
    ['its host is not reached', 'NetworkUnreachable', true],
    ['it cannot be evaluated', 'EvaluationFailed', true],
    ['it cannot be built', 'BuilderFailed', true],
    ['the disk is full', 'DiskFull', false],
    ['enbi has a defect', 'InternalError', false],
  ])('have a command that shows the same elsewhere, if a command can: %s', (_, reason, hasCommand) => {
    expect(commandOf(failed({ ok: false, reason, retry: false, message: 'x' }))).toEqual(
      hasCommand ? expect.stringContaining('nix build') : null,
    );
  });

  const unmade = { ...noJob, job: aJob('job', { hadPods: false, creationTimestamp: noon.toISOString() }) };
  const suspended = { ...noJob, job: { ...aJob(), changed: 'it is suspended' } };
  const without = { stage: 'Build', reproduce: null };
  it.each<[string, Partial<SeenBuild>]>([
    ['its Job is refused', { build: aBuild({ status: chosen }), refusals: refused({}, { times: 3 }) }],
    [
      'its Job’s name is taken',
      { build: aBuild({ status: chosen }), refusals: refused({}, { times: 3, reason: 'NameTaken' }) },
    ],
    ['its Pod is refused', { build: aBuild({ status: building }), buildJob: unmade }],
    ['its Job is suspended', { build: aBuild({ status: building }), buildJob: suspended }],
    ['its Job is deleted', { build: aBuild({ status: building }) }],
    ['its node is lost', { build: aBuild({ status: building }), buildJob: withPod(busy), node: silentFor(60) }],
  ])('of the cluster have none: %s', (_, given) => {
    expect(decide(given, secondsAfterNoon(120)).status?.status).toMatchObject({ failure: without });
  });

  it('is repeated with back-off when infrastructure is at fault', () => {
    const plan = failed({ ok: false, reason: 'DiskFull', retry: true, message: 'no space left' }, 11);
    expect(plan.status?.status).toMatchObject({ status: 'Pending', nextAttemptTime: '2026-11-23T12:00:10.000Z' });
    expect(plan.recheckAfterMs).toBe(10_000);
  });

  it('is final after the last attempt', () => {
    const status = { ...building, attempts: 3, buildJobName: nameOfJob(3) };
    const message = { ok: false, reason: 'DiskFull', retry: true, message: 'no space left' };
    const plan = decide({
      build: aBuild({ status }),
      buildJob: withPod(aJobPod({ build: { exitCode: 11, message } })),
    });
    expect(plan.status?.status).toMatchObject({ status: 'Failed' });
  });

  it.each([
    ['no JSON', 'hello', 0],
    ['a lie about its success', built, 1],
    ['a path outside the store', { ...built, outPath: '/etc/passwd' }, 0],
    ['a path that climbs', { ...built, outPath: `/nix/store/${store32}-x/../../etc` }, 0],
    ['control characters', { ok: false, reason: 'BuilderFailed', retry: false, message: '\u001b[2J' }, 10],
  ])('reads %s as no result', (_, message, exitCode) => {
    const pod = aJobPod({ build: { exitCode, message } });
    expect(decide({ build: aBuild({ status: building }), buildJob: withPod(pod) }).because).toBe('InvalidResult');
  });

  it('knows a killed container and an evicted Pod', () => {
    const oom = aJobPod({ build: { exitCode: 137, reason: 'OOMKilled' } });
    expect(decide({ build: aBuild({ status: building }), buildJob: withPod(oom) }).status?.status).toMatchObject({
      failure: { reason: 'OutOfMemory' },
    });
    const evicted = aJobPod({}, { phase: 'Failed', reason: 'Evicted', message: 'low on disk' });
    expect(decide({ build: aBuild({ status: building }), buildJob: withPod(evicted) }).status?.status).toMatchObject({
      failure: { reason: 'PodLost' },
    });
  });

  it('knows a Job whose Pod is gone', () => {
    const lost = (reason: string) =>
      decide({
        build: aBuild({ status: building }),
        buildJob: {
          job: { ...aJob(), failed: { reason, message: 'x' } },
          pod: undefined,
          said: new Map(),
          trouble: '',
        },
      }).status?.status;
    expect(lost('BackoffLimitExceeded')).toMatchObject({ status: 'Pending', failure: { reason: 'PodLost' } });
    expect(lost('DeadlineExceeded')).toMatchObject({ status: 'Failed', failure: { reason: 'BuildTimedOut' } });
  });

  it.each<[Reason, string]>([
    ['FetchRunning', 'Fetch'],
    ['BuildRunning', 'Build'],
  ])('knows from %s which stage a Job lost with its Pod', (reason, stage) => {
    const conditions = mergeConditions([], verdicts.underWay(reason, ''), 1, noon.toISOString());
    const job = { ...aJob(), failed: { reason: 'BackoffLimitExceeded', message: 'x' } };
    const build = aBuild({ status: { ...building, conditions } });
    const plan = decide({ build, buildJob: { job, pod: undefined, said: new Map(), trouble: '' } });
    expect(plan.status?.status).toMatchObject({ failure: { stage } });
  });

  it('waits out the back-off, then chooses anew', () => {
    const waiting = { ...chosen, nextAttemptTime: '2026-11-23T12:00:10.000Z' };
    expect(decide({ build: aBuild({ status: waiting }) })).toMatchObject({
      because: 'RetryIsNotDue',
      recheckAfterMs: 10_000,
    });
    const plan = decide({ build: aBuild({ status: waiting }) }, secondsAfterNoon(11));
    expect(plan.status?.status).toMatchObject({ buildNode: null, nextAttemptTime: null });
  });
});

describe('what the API server refuses', () => {
  const importName = importing.importJobName ?? '';
  const inTime = aBuild({ status: chosen });

  it.each<[string, NixBuildStatus, readonly Refusal[]]>([
    ['its build Job', chosen, refused({})],
    ['its build Job, after the phase was written', begun, refused({})],
    ["the agent's Job, while it waits for that", importing, refused({ namespace: 'enbi', name: importName })],
    ['its store', chosen, refused({ kind: 'NixStore', name: 'team-node-1' })],
    ['to delete a Job that is over', chosen, refused({}, { verb: 'delete' })],
  ])('is told in its words, whether it is %s', (_, status, refusals) => {
    const plan = decide({ build: aBuild({ status }), refusals });
    const text = expect.stringMatching(/the API server refuses to .* "x" is forbidden: exceeded quota: small, used/);
    expect(plan).toMatchObject({ because: 'WriteWasRefused', actions: [], recheckAfterMs: 10_000 });
    expect(plan.events).toMatchObject([{ reason: 'RefusedByCluster', message: text }]);
    expect(plan.status?.status).toMatchObject({ conditions: [{ reason: 'RefusedByCluster', message: text }, {}] });
    expect(plan.status?.status).not.toHaveProperty('status');
  });

  it.each<[string, NixBuildStatus, readonly Refusal[], string]>([
    ['a build Job', chosen, refused({}, { times: 3 }), 'Build'],
    ["an agent's Job", importing, refused({ namespace: 'enbi', name: importName }, { times: 3 }), 'Import'],
    ['a store', chosen, refused({ kind: 'NixStore' }, { times: 3 }), 'Store'],
  ])('ends the attempt after three tries: %s', (_, status, refusals, stage) => {
    const plan = decide({ build: aBuild({ status }), refusals });
    expect(plan).toMatchObject({ givesUp: true, status: { status: { status: 'Pending' } } });
    expect(plan.status?.status).toMatchObject({ failure: { stage, reason: 'RefusedByCluster' } });
  });

  it.each<[string, readonly Refusal[], string]>([
    ['its agent', refused({ namespace: 'enbi', name: importName }, { times: 3 }), 'RefusedByCluster'],
    ['what its agent is to do', refused({ name: 'agent-pod' }, { verb: 'patch', times: 3 }), 'RefusedByCluster'],
    ['to remove another agent', refused({ name: 'enbi-agent-old' }, { verb: 'delete', times: 3 }), 'ImportRuns'],
  ])('to the agent of its node concerns an import, or not: %s', (_, refusals, reason) => {
    const pod = aPod({ name: 'agent-pod', phase: 'Running', containers: [] });
    const agent = { ...noAgent, job: aJob(importName), pod, refusals };
    const plan = decide({ build: aBuild({ status: importing }), agent });
    const status = reason === 'ImportRuns' ? undefined : { status: { failure: { reason } } };
    expect(plan).toMatchObject(status === undefined ? { because: reason } : { givesUp: true, status });
  });

  it('is final after the last attempt', () => {
    const status = { ...chosen, attempts: 3 };
    const refusals = refused({ name: nameOfJob(3) }, { times: 3 });
    expect(decide({ build: aBuild({ status }), refusals }).status?.status).toMatchObject({ status: 'Failed' });
  });

  it('names a claim that is somebody else’s', () => {
    const message = 'Job team/x exists and belongs to somebody else: delete it, or give it another name';
    const plan = decide({ build: inTime, refusals: refused({}, { reason: 'NameTaken', message }) });
    expect(plan.events).toMatchObject([{ reason: 'NameTaken', message }]);
  });

  it('is of no concern when another attempt was refused it', () => {
    expect(decide({ build: inTime, refusals: refused({ name: nameOfJob(0) }) }).because).toBe('StoreReady');
  });

  it.each(['Succeeded', 'Failed', 'Cancelled'] as const)('changes nothing of a build that is %s', (phase) => {
    const plan = decide({
      build: aBuild({ status: { ...succeeded, status: phase } }),
      refusals: refused({}, { verb: 'delete' }),
    });
    expect(plan).toMatchObject({ because: 'WriteWasRefused', actions: [], events: [{ reason: 'RefusedByCluster' }] });
    expect(plan.status).toBeUndefined();
  });

  it('is told by an event alone when it is the status', () => {
    const plan = decide({
      build: inTime,
      refusals: refused({ kind: 'NixBuild' }, { verb: 'write the status of', times: 9 }),
    });
    expect([plan.status, plan.events?.length]).toEqual([undefined, 1]);
  });

  it('is told and ends the attempt when it is the store that is refused something', () => {
    const why = { status: 'False', reason: 'NameTaken', message: 'claim x is taken', lastTransitionTime: '' } as const;
    const waiting = aStore({ ready: 'False', conditions: [{ type: 'Ready', ...why }] });
    const told = decide({ build: inTime, store: waiting });
    expect(told).toMatchObject({ because: 'HeldUp', events: [{ reason: 'NameTaken' }] });
    const stalled = aStore({
      ready: 'False',
      conditions: [
        { type: 'Ready', ...why },
        { type: 'Stalled', ...why, status: 'True' },
      ],
    });
    expect(decide({ build: inTime, store: stalled }).status?.status).toMatchObject({
      failure: { stage: 'Store', reason: 'NameTaken', message: 'store on node-1: claim x is taken' },
    });
  });
});

describe('a Job that its tenant holds on to', () => {
  const made = { creationTimestamp: noon.toISOString() };
  const running = (job: ReturnType<typeof aJob>) => ({ ...withPod(aJobPod({})), job });
  // The build's hour, a quarter more for all around it, a minute for the Job's own deadline.
  const hours = 3600 + 900 + 60;

  it.each<[string, NixBuildStatus, 'buildJob' | 'agent', number]>([
    ['builds', building, 'buildJob', hours],
    ['imports', importing, 'agent', 1800 + 60],
  ])('and that %s has its time by enbi’s own clock', (_, status, kind, seconds) => {
    const given = { build: aBuild({ status }), [kind]: { ...noAgent, ...withPod(busy), job: aJob('job', made) } };
    const before = decide(given, secondsAfterNoon(seconds));
    expect(before.because).toMatch(/Runs$/);
    const after = decide(given, secondsAfterNoon(seconds + 1));
    expect(after.status?.status).toMatchObject({ status: 'Failed', failure: { reason: 'BuildTimedOut' } });
  });

  it('is deleted once the attempt has ended, deadline or not', () => {
    const left = aJob(nameOfJob(1));
    const plan = decide({
      build: aBuild({ status: { ...building, status: 'Failed' } }),
      jobs: [left],
      runningJobs: [left],
    });
    expect(plan.actions).toMatchObject([{ type: 'delete', ref: { name: nameOfJob(1), uid: left.metadata.uid } }]);
  });

  it('gets no more time by being deleted and made again', () => {
    const status = { ...building, stageTimes: { buildStarted: noon.toISOString() } };
    const job = aJob('job', { creationTimestamp: secondsAfterNoon(hours - 10).toISOString() });
    const plan = decide({ build: aBuild({ status }), buildJob: running(job) }, secondsAfterNoon(hours + 1));
    expect(plan.status?.status).toMatchObject({ failure: { reason: 'BuildTimedOut' } });
  });

  it.each(['it is suspended', 'its parallelism is not 1'])('ends the attempt when %s', (changed) => {
    const plan = decide({ build: aBuild({ status: building }), buildJob: running({ ...aJob(), changed }) });
    expect(plan.status?.status).toMatchObject({
      status: 'Pending',
      failure: { reason: 'JobChanged', message: `somebody changed Job job: ${changed}` },
    });
  });

  it('changes nothing by what it does to one that has ended', () => {
    const job = { ...aJob('job', { ended: true }), changed: 'it is suspended' };
    const buildJob = { ...withPod(aJobPod({ build: { message: built } })), job };
    expect(decide({ build: aBuild({ status: building }), buildJob }).because).toBe('BuildSucceeded');
  });
});

const annotated = (name: string, value: string) => ({ [`enbi.hrzn.ee/${name}`]: value });

describe('cancelling', () => {
  test.each<[string, NixBuildStatus]>([
    ['waits for a node', {}],
    ['waits for its next attempt', { ...chosen, nextAttemptTime: '2026-11-23T12:00:10.000Z' }],
    ['builds', building],
    ['imports', importing],
  ])('ends a build that %s', (_, status) => {
    const annotations = { ...annotated('cancel', '1'), ...annotated('retry', 'before') };
    const plan = decide({ build: aBuild({ status, annotations }), buildJob: withPod(aJobPod({})) });
    expect(plan).toMatchObject({
      because: 'CancelWasAsked',
      status: { status: { status: 'Cancelled', cancelAnswered: '1', retryAnswered: 'before', nextAttemptTime: null } },
      events: [{ type: 'Normal', reason: 'Cancelled' }],
    });
    const conditions = { Ready: 'False', Stalled: 'True', Complete: 'True', Success: 'False' };
    expect(verdictsOf(plan)).toEqual(conditions);
  });

  it('removes its Jobs, in both namespaces, also those of attempts that failed before', () => {
    const status = { ...building, status: 'Cancelled' as const, cancelAnswered: '1' };
    const failedJob = { ...aJob('first'), failed: { reason: 'BackoffLimitExceeded', message: '' } };
    const going = { ...aJob('gone'), metadata: { ...aJob('gone').metadata, deletionTimestamp: noon.toISOString() } };
    const annotations = { ...annotated('cancel', '1'), ...annotated('retry', 'at once') };
    const plan = decide({ build: aBuild({ status, annotations }), jobs: [failedJob, going, aJob('second')] });
    const left = [{ ref: { name: 'first' } }, { ref: { name: 'second' } }];
    expect(plan).toMatchObject({ because: 'CancelledJobsAreLeft', actions: left });
  });

  it('of a build that waits for its next attempt removes the Job of the last', () => {
    const waits: NixBuildStatus = { ...chosen, nextAttemptTime: '2026-11-23T12:00:10.000Z' };
    const annotations = annotated('cancel', '1');
    const last = { ...aJob(nameOfJob(1)), failed: { reason: 'BackoffLimitExceeded', message: '' }, ended: true };
    const cancelled = decide({ build: aBuild({ status: waits, annotations }), jobs: [last] });
    const status: NixBuildStatus = { ...waits, ...cancelled.status?.status };
    const plan = decide({ build: aBuild({ status, annotations }), jobs: [last] });
    expect(plan.actions).toMatchObject([{ type: 'delete', ref: { kind: 'Job', name: nameOfJob(1) } }]);
  });

  it('is answered once, and by a new retry annotation taken back', () => {
    const status: NixBuildStatus = { status: 'Cancelled', attempts: 1, cancelAnswered: '1', retryAnswered: 'before' };
    const answered = { ...annotated('cancel', '1'), ...annotated('retry', 'before') };
    expect(decide({ build: aBuild({ status, annotations: answered }) }).because).toBe('NothingToDo');
    const asked = { ...answered, ...annotated('retry', 'after') };
    const again = decide({ build: aBuild({ status, annotations: asked }) });
    expect(again).toMatchObject({ because: 'RetryWasAsked', status: { status: { status: 'Pending' } } });
    const pending: NixBuildStatus = { ...status, ...again.status?.status };
    expect(decide({ build: aBuild({ status: pending, annotations: asked }) }).because).not.toBe('CancelWasAsked');
  });

  test.each<[string, NixBuildStatus]>([
    ['success', succeeded],
    ['failure', { status: 'Failed', conditions: [] }],
  ])('comes too late after a %s, and does not end the next attempt', (_, status) => {
    const plan = decide({ build: aBuild({ status, annotations: annotated('cancel', '1') }) });
    expect(plan.because).toBe('CancelCameTooLate');
    expect(plan.status?.status).toMatchObject({ cancelAnswered: '1', conditions: status.conditions ?? [] });
    expect(plan.status?.status).not.toHaveProperty('status');
  });
});

function verdictsOf(plan: Plan): Readonly<Record<string, string>> {
  const status: NixBuildStatus = { ...plan.status?.status };
  return Object.fromEntries((status.conditions ?? []).map(({ type, status: value }) => [type, value]));
}

describe('a build that no Pod asks for, whose image Pods have made of something else by now', () => {
  const successor = aBuild({ spec: { flakeUrl: 'git+https://git.example/corrected' } });
  const plan = (status: NixBuildStatus, given: Partial<SeenBuild> = {}) =>
    decide({ build: aBuild({ status }), successor, ...given });

  test.each<[string, NixBuildStatus]>([
    ['waits', {}],
    ['waits for its next attempt', { ...chosen, nextAttemptTime: secondsAfterNoon(60).toISOString() }],
    ['builds', building],
    ['imports', { ...building, status: 'Importing', outPath }],
  ])('goes while it %s', (_, status) => {
    expect(plan(status)).toMatchObject({
      because: 'Superseded',
      actions: [{ type: 'delete', ref: { kind: 'NixBuild', uid: 'uid-build' } }],
      events: [
        { reason: 'Cancelled', message: expect.stringContaining('default of git+https://git.example/corrected') },
      ],
    });
  });

  test.each<NixBuildStatus>([succeeded, { ...building, status: 'Failed' }, { ...building, status: 'Cancelled' }])(
    'stays as a record: $status',
    (status) => {
      expect(plan(status).because).not.toBe('Superseded');
    },
  );
});

describe('Jobs of earlier attempts', () => {
  const attempts = { ...chosen, attempts: 2 };
  const job = (attempt: number, kind: 'build' | 'import' = 'build') =>
    aJob(jobName(aBuild({ status: { attempts: attempt } })).replace('-build-', `-${kind}-`));
  const jobs = [job(1), job(2), job(1, 'import')];

  test.each<[string, NixBuildStatus]>([
    ['failed for good', { ...attempts, status: 'Failed' }],
    ['waits for its next attempt', { ...attempts, nextAttemptTime: '2026-11-23T12:00:10.000Z' }],
  ])('are removed when a later one %s', (_, status) => {
    const plan = decide({ build: aBuild({ status }), jobs });
    expect(plan.because).toBe('OlderJobsAreLeft');
    expect(plan.actions).toMatchObject([job(1), job(1, 'import')].map(({ metadata: { name } }) => ({ ref: { name } })));
  });

  it('stay while a later one is under way', () => {
    expect(decide({ build: aBuild({ status: { ...attempts, ...building } }), jobs }).actions).toEqual([]);
  });
});

describe('after a success', () => {
  it.each([
    ['a run of the container ended after the import', '2026-11-23T12:00:01Z', 'ImageVanished'],
    ['a run of the container ended in the second of the import', '2026-11-23T12:00:00Z', 'ImageVanished'],
    ['a run of the container ended before it', '2026-11-23T11:59:59Z', 'PodIsWaking'],
  ])('asks whether the image vanished from a Pod older than the import: %s', (_, lastFinishedAt, because) => {
    const pod = aPod({ containers: [aContainer({ lastFinishedAt })] });
    expect(decide({ build: aBuild({ status: succeeded }), waiting: [pod] }, secondsAfterNoon(5)).because).toBe(because);
  });

  it('asks only the container that waits for the image', () => {
    const side = aContainer({ name: 'side', image: 'git.example/side:1', lastFinishedAt: '2026-11-23T12:05:00Z' });
    const { waiting: _, ...runs } = aContainer({ name: 'same', lastFinishedAt: '2026-11-23T12:05:00Z' });
    const pod = aPod({ containers: [aContainer(), side, runs] });
    expect(decide({ build: aBuild({ status: succeeded }), waiting: [pod] }, secondsAfterNoon(5)).because).toBe(
      'PodIsWaking',
    );
  });

  it('imports again when the image vanished', () => {
    const plan = decide(
      { build: aBuild({ status: succeeded }), waiting: waiting('2026-11-23T12:05:00Z') },
      secondsAfterNoon(310),
    );
    expect(plan.because).toBe('ImageVanished');
    expect(plan.status?.status).toMatchObject({ status: 'Pending', buildNode: null, nodes: [] });
    expect(plan.status?.status).not.toHaveProperty('storeName');
  });

  it('builds on another node that waits, too', () => {
    const other = aNode({ name: 'node-2' });
    const plan = decide({
      build: aBuild({ status: succeeded }),
      waiting: [aPod({ nodeName: 'node-2' })],
      lacking: [other],
    });
    expect(plan).toMatchObject({
      because: 'OtherNodeWaits',
      status: { status: { status: 'Pending', buildNode: null } },
    });
    expect(plan.status?.status).not.toHaveProperty('nodes');
  });

  it('leaves a node alone that cannot build', () => {
    const lacking = [aNode({ name: 'node-2', unschedulable: true })];
    expect(decide({ build: aBuild({ status: succeeded }), lacking }).because).toBe('NothingToDo');
  });

  it('looks again at a Pod that is waking', () => {
    const plan = decide(
      { build: aBuild({ status: succeeded }), waiting: waiting('2026-11-23T11:59:00Z') },
      secondsAfterNoon(1),
    );
    expect(plan).toMatchObject({ because: 'PodIsWaking', actions: [], recheckAfterMs: 59_000 });
  });

  it('does not look again and again at one that crashes', () => {
    const crashing = [aPod({ containers: [aContainer({ waiting: 'CrashLoopBackOff' })] })];
    const plan = decide({ build: aBuild({ status: succeeded }), waiting: crashing }, secondsAfterNoon(61));
    expect(plan).toMatchObject({ because: 'NothingToDo', actions: [] });
    expect(plan.recheckAfterMs).toBeUndefined();
  });

  it('says so when the kubelet refuses the image, once', () => {
    const old = waiting('2026-11-23T11:59:00Z');
    const plan = decide({ build: aBuild({ status: succeeded }), waiting: old }, secondsAfterNoon(61));
    expect(plan.events?.[0]?.reason).toBe('KubeletRefusesLocalImage');
    const status = { ...succeeded, ...plan.status?.status };
    expect(decide({ build: aBuild({ status }), waiting: old }, secondsAfterNoon(120)).events).toBeUndefined();
  });

  it('takes that back when the Pod runs', () => {
    const plan = decide(
      { build: aBuild({ status: succeeded }), waiting: waiting('2026-11-23T11:59:00Z') },
      secondsAfterNoon(61),
    );
    const recovered = decide(
      { build: aBuild({ status: { ...succeeded, ...plan.status?.status } }) },
      secondsAfterNoon(130),
    );
    expect(recovered.because).toBe('KubeletAccepts');
  });
});

describe('a Pod that is refused', () => {
  const sandboxed = aBuild({
    status: {
      ...building,
      isolation: 'Sandboxed',
      attempts: 3,
      attemptsForgiven: 1,
      buildJobName: nameOfJob(3),
    },
  });
  const withoutPod = {
    job: aJob('job', { hadPods: false, creationTimestamp: noon.toISOString() }),
    pod: undefined,
    said: new Map(),
    trouble: '',
  };
  const because = (trouble: string) => ({
    ...withoutPod,
    trouble: `Error creating: pods "job-x" is forbidden: ${trouble}`,
  });
  const quota = because('exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2');
  const made = aJobPod({}, { metadata: { ...aPod().metadata, creationTimestamp: noon.toISOString() } });
  const stuck = (waiting: string, complaint: string) => {
    const containers = [{ ...aContainer({ name: 'fetch' }), waiting, complaint }];
    return withPod(
      aJobPod({}, { containers, metadata: { ...aPod().metadata, creationTimestamp: noon.toISOString() } }),
    );
  };
  const unstarted = withPod(
    aJobPod({ fetch: { exitCode: 128, reason: 'StartError', message: 'idmap: not permitted' } }),
  );

  test.each([
    ['a policy minds it', because('denied request: failed expression: !has(object.spec.hostUsers)'), 15, 14],
    ['Pod Security minds it', because('violates PodSecurity "baseline:latest": procMount'), 15, 14],
    ['it is not created', stuck('CreateContainerError', 'user namespaces are not supported'), 30, 29],
    ['it is not started', stuck('RunContainerError', 'failed to set MOUNT_ATTR_IDMAP'), 30, 29],
    [
      'nothing of it is made',
      { ...withPod(made), trouble: 'Failed to create pod sandbox: no user namespaces' },
      30,
      29,
    ],
  ])('is made without the sandbox when %s', (_, buildJob, after, notBefore) => {
    expect(decide({ build: sandboxed, buildJob }, secondsAfterNoon(notBefore)).because).toBe('BuildRuns');
    const plan = decide({ build: sandboxed, buildJob }, secondsAfterNoon(after));
    expect(plan.because).toBe('SandboxIsRefused');
    expect(plan.status?.status).toMatchObject({
      isolation: 'Unprivileged',
      sandboxRefused: expect.stringContaining('sandboxed Pod'),
      // It counts as no attempt.
      attempts: 4,
      attemptsForgiven: 2,
    });
    expect(plan.events).toMatchObject([
      { reason: 'SandboxRefused', message: expect.stringContaining('without the sandbox') },
    ]);
  });

  it.each([
    ['a quota is full', quota],
    ['a policy does not say what it minds', because('denied by policy 17')],
    ['nobody says why', withoutPod],
    ['the event cannot be read', { ...withoutPod, trouble: undefined }],
  ])('is not made without the sandbox when %s', (_, buildJob) => {
    expect(decide({ build: sandboxed, buildJob }, secondsAfterNoon(59)).because).toBe('BuildRuns');
    expect(decide({ build: sandboxed, buildJob }, secondsAfterNoon(120)).because).toBe('InfrastructureFailed');
  });

  it.each([
    ['a name is in use', 'CreateContainerError', 'failed to reserve container name "fetch_1": it is reserved'],
    ['it has no memory', 'RunContainerError', 'container init was OOM-killed (memory limit too low?)'],
    ['a subPath is refused', 'CreateContainerConfigError', 'failed to prepare subPath for volumeMount "userns"'],
  ])('is made with it all the same when %s, and gives its slot back', (_, waiting, complaint) => {
    const seen = { build: sandboxed, buildJob: stuck(waiting, complaint) };
    expect(decide(seen, secondsAfterNoon(59)).because).toBe('BuildRuns');
    const plan = decide(seen, secondsAfterNoon(60));
    expect(plan.because).toBe('HeldUp');
    expect(plan.status?.status).not.toHaveProperty('sandboxRefused');
    expect(plan.events).toMatchObject([{ reason: 'PodNotStarting', message: expect.stringContaining(complaint) }]);
  });

  it('is tried again when the runtime could not start it for want of memory', () => {
    const buildJob = withPod(
      aJobPod({ fetch: { exitCode: 128, reason: 'StartError', message: 'container init was OOM-killed' } }),
    );
    const plan = decide({ build: sandboxed, buildJob });
    expect(plan.because).toBe('InfrastructureFailed');
    expect(plan.status?.status).toMatchObject({ failure: { reason: 'PodRefused' } });
  });

  it('is told in the words of whoever refuses it, and ends the attempt within a minute', () => {
    const told = decide({ build: sandboxed, buildJob: quota }, secondsAfterNoon(15));
    expect(told.events).toMatchObject([
      { reason: 'PodNotStarting', message: expect.stringContaining('exceeded quota') },
    ]);
    const { status } = decide({ build: sandboxed, buildJob: quota }, secondsAfterNoon(60)).status ?? {};
    expect(status).toMatchObject({
      status: 'Pending',
      failure: { reason: 'PodRefused', message: `no Pod of Job job could be made: ${quota.trouble}` },
    });
  });

  it('is made without the sandbox at once when the runtime could not start it', () => {
    expect(decide({ build: sandboxed, buildJob: unstarted }).because).toBe('SandboxIsRefused');
  });

  it('is the end of the attempt where somebody demands the sandbox', () => {
    const namespace = aNamespace('', { 'enbi.hrzn.ee/isolation': 'Sandboxed' });
    const seen = { build: sandboxed, namespace, buildJob: withoutPod };
    expect(decide(seen, secondsAfterNoon(119)).because).toBe('BuildRuns');
    expect(decide(seen, secondsAfterNoon(120)).status?.status).toMatchObject({
      status: 'Pending',
      failure: {
        reason: 'PodRefused',
        message: expect.stringContaining('--namespace team --field-selector involvedObject.name=job`'),
      },
    });
    const { status } = decide({ ...seen, buildJob: unstarted }).status ?? {};
    expect(status).toMatchObject({ failure: { reason: 'PodRefused', message: expect.stringContaining('idmap') } });
  });

  it('is the end of the attempt when there is no sandbox to do without', () => {
    const seen = { build: aBuild({ status: building }), buildJob: withoutPod };
    expect(decide(seen, secondsAfterNoon(119)).because).toBe('BuildRuns');
    expect(decide(seen, secondsAfterNoon(120)).status?.status).toMatchObject({ failure: { reason: 'PodRefused' } });
  });

  it('is the end of the import', () => {
    const seen = { build: aBuild({ status: importing }), agent: { ...noAgent, ...withoutPod } };
    expect(decide(seen, secondsAfterNoon(119)).because).toBe('ImportRuns');
    const { status } = decide(seen, secondsAfterNoon(120)).status ?? {};
    expect(status).toMatchObject({ failure: { stage: 'Import', reason: 'PodRefused' } });
  });

  it('is none when the Pod was there and is gone', () => {
    const buildJob = { ...withoutPod, job: aJob('job', { creationTimestamp: noon.toISOString() }) };
    expect(decide({ build: sandboxed, buildJob }, secondsAfterNoon(300)).because).toBe('BuildRuns');
  });

  test.each([
    ['is remembered', {}, 'Unprivileged'],
    ['does not stand against a demand', { 'enbi.hrzn.ee/isolation': 'Sandboxed' }, 'Sandboxed'],
  ])('%s', (_, annotations, isolation) => {
    const build = aBuild({ status: { ...chosen, sandboxRefused: 'by a policy' } });
    const plan = decide({ build, namespace: aNamespace('', annotations) });
    expect(plan.status?.status).toMatchObject({ status: 'Building', isolation });
  });
});

describe('a Pod that does not start', () => {
  const annotations = { 'enbi.hrzn.ee/nixbuild-secretName': 'nosuch' };
  const complaint = 'MountVolume.SetUp failed for volume "secret" : secret "nosuch" not found';
  const slow = (trouble: string | undefined) => ({ ...withPod(aJobPod({})), trouble });
  const told = (given: Partial<SeenBuild>) => {
    const plan = decide(given);
    const { progress, conditions } = { ...building, ...plan.status?.status };
    return { plan, progress, ready: conditions?.find(({ type }) => type === 'Ready') };
  };

  it('for want of its Secret says which, and what to do, in all places', () => {
    const build = aBuild({ status: building, annotations });
    const { plan, progress, ready } = told({ build, buildJob: slow(complaint) });
    expect(progress).toBe('Secret team/nosuch does not exist');
    expect(ready).toMatchObject({ reason: 'SecretNotFound', message: expect.stringContaining('Create it') });
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'SecretNotFound', message: ready?.message }]);
  });

  test.each([
    ['another volume', annotations, 'MountVolume.SetUp failed for volume "store" : no such file or directory'],
    ['another Secret', annotations, 'secret "nosuch2" not found'],
    ['a Secret nobody named', {}, complaint],
  ])('for want of %s is told in the kubelet’s words', (_, given, trouble) => {
    const { ready } = told({ build: aBuild({ status: building, annotations: given }), buildJob: slow(trouble) });
    expect(ready).toMatchObject({ reason: 'PodNotStarting', message: expect.stringContaining(trouble) });
  });

  it('is told while it imports as well', () => {
    const plan = decide({
      build: aBuild({ status: importing }),
      agent: { ...noAgent, ...slow('hostPath type check failed') },
    });
    expect(plan.events).toMatchObject([{ reason: 'PodNotStarting' }]);
  });

  describe('since enbi’s own image is not on its node', () => {
    const lacking = (waiting: string, given: Partial<ContainerView> = {}) =>
      withPod(
        aPod({
          creationTimestamp: noon.toISOString(),
          containers: [aContainer({ name: 'fetch', image: 'enbi.hrzn.ee/enbi:1', waiting, ...given })],
        }),
      );

    test.each(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'RegistryUnavailable'])(
      'has a reason of its own, and says what to do: %s',
      (waiting) => {
        const { plan, progress, ready } = told({ build: aBuild({ status: building }), buildJob: lacking(waiting) });
        const message = expect.stringMatching(
          /^enbi's own image enbi.hrzn.ee\/enbi:1 is not on node node-1, and the kubelet cannot pull it\. .*images import enbi\.tar/,
        );
        expect(ready).toMatchObject({ reason: 'EnbiImageMissing', message });
        expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'EnbiImageMissing', message }]);
        expect(progress).toBe("enbi's own image is not on node-1");
      },
    );

    it('is written once, however the kubelet calls it', () => {
      const { plan } = told({ build: aBuild({ status: building }), buildJob: lacking('ErrImagePull') });
      const build = aBuild({ status: { ...building, ...plan.status?.status, status: 'Building' } });
      const next = decide({ build, buildJob: lacking('ImagePullBackOff') });
      expect([next.status, next.events]).toEqual([undefined, undefined]);
    });

    it('is told of an import, and by a store that cannot be prepared', () => {
      const imports = decide({
        build: aBuild({ status: importing }),
        agent: { ...noAgent, ...lacking('ErrImagePull', { name: 'agent' }) },
      });
      expect(imports.events).toMatchObject([{ reason: 'EnbiImageMissing' }]);
      const condition = { type: 'Ready', status: 'False', reason: 'EnbiImageMissing', message: 'why' } as const;
      const store = (creationTimestamp: string) => {
        const old = aStore({ ready: 'False', conditions: [{ ...condition, lastTransitionTime: '' }] });
        return { ...old, metadata: { ...old.metadata, creationTimestamp } };
      };
      const young = decide({ build: aBuild({ status: chosen }), store: store(secondsAfterNoon(-59).toISOString()) });
      expect(young).toMatchObject({ because: 'StoreNotReady', recheckAfterMs: 1000 });
      expect(young.status?.status).toMatchObject({ conditions: [{ reason: 'EnbiImageMissing', message: 'why' }, {}] });
      const old = decide({ build: aBuild({ status: chosen }), store: store(secondsAfterNoon(-60).toISOString()) });
      expect(old.because).toBe('HeldUp');
      expect(old.events).toMatchObject([{ reason: 'EnbiImageMissing', message: 'why' }]);
    });

    it('is not what is missing of a container that somebody put beside enbi’s', () => {
      const { ready } = told({
        build: aBuild({ status: building }),
        buildJob: lacking('ErrImagePull', { name: 'proxy' }),
      });
      expect(ready).toMatchObject({ reason: 'FetchRunning' });
    });
  });

  it('of which nobody can say why now is told of as before', () => {
    const { plan } = told({ build: aBuild({ status: building }), buildJob: slow('no such file') });
    const status: NixBuildStatus = { ...building, ...plan.status?.status, status: 'Building' };
    const again = aBuild({ status });
    const next = decide({ build: again, buildJob: slow(undefined) });
    expect(next).toMatchObject({ because: 'BuildRuns' });
  });

  it('is not told of any more when it has started and its log cannot be read', () => {
    const { plan } = told({ build: aBuild({ status: building, annotations }), buildJob: slow(complaint) });
    const status: NixBuildStatus = { ...building, ...plan.status?.status, status: 'Building' };
    const runs = decide({ build: aBuild({ status }), buildJob: { ...withPod(busy), said: new Map() } });
    expect(runs.status?.status).toMatchObject({ progress: 'fetching' });
  });

  it('is looked at seldom, also when nobody says why', () => {
    const plan = decide({ build: aBuild({ status: building }), buildJob: slow('') });
    expect(plan).toMatchObject({ because: 'BuildRuns', recheckAfterMs: 20_000 });
  });

  it('is looked at as seldom when it is not even made', () => {
    const job = aJob('job', { hadPods: false, creationTimestamp: noon.toISOString() });
    const buildJob = { ...noJob, job, trouble: 'exceeded quota' };
    const recheck = (seconds: number) =>
      decide({ build: aBuild({ status: building }), buildJob }, secondsAfterNoon(seconds)).recheckAfterMs;
    expect([5, 20].map(recheck)).toEqual([2000, 20_000]);
  });
});

describe('an attempt that is held up', () => {
  const annotations = { 'enbi.hrzn.ee/nixbuild-secretName': 'nosuch' };
  const noSecret = 'MountVolume.SetUp failed for volume "secret" : secret "nosuch" not found';
  const old = { ...aStore({ ready: 'False' }) };
  const storeMade = (seconds: number) => ({
    ...old,
    metadata: { ...old.metadata, creationTimestamp: secondsAfterNoon(-seconds).toISOString() },
  });
  const made = { creationTimestamp: noon.toISOString() };
  const stuck = (given: Parameters<typeof aPod>[0]) => withPod(aPod({ ...made, ...given }));
  const pulling = { containers: [aContainer({ waiting: 'ContainerCreating' })] };
  const imageless = aContainer({ list: 'init', name: 'fetch', image: 'enbi.hrzn.ee/enbi:0.1.0' });

  test.each<[string, Partial<SeenBuild>, number, string | undefined]>([
    ['for its Secret', { buildJob: { ...stuck(pulling), trouble: noSecret } }, 20, 'SecretNotFound'],
    ['for another volume, at once', { buildJob: { ...stuck(pulling), trouble: 'no such file' } }, 59, undefined],
    [
      'for another volume, too long',
      { buildJob: { ...stuck(pulling), trouble: 'no such file' } },
      60,
      'PodNotStarting',
    ],
    ['for a place on its node', { buildJob: stuck({ unschedulable: 'Insufficient cpu' }) }, 60, 'PodNotStarting'],
    ['for an image beside it', { buildJob: stuck({ containers: [aContainer()] }) }, 60, 'PodNotStarting'],
    ['for enbi’s own image, a while', { buildJob: stuck({ containers: [imageless] }) }, 59, undefined],
    ['for enbi’s own image, too long', { buildJob: stuck({ containers: [imageless] }) }, 60, 'EnbiImageMissing'],
    ['for what nobody tells, a while', { buildJob: stuck(pulling) }, 299, undefined],
    ['for what nobody tells, too long', { buildJob: stuck(pulling) }, 300, 'PodNotStarting'],
    [
      'for nothing: it runs',
      { buildJob: withPod({ ...busy, metadata: { ...busy.metadata, ...made } }) },
      900,
      undefined,
    ],
    ['and nobody can be asked', { buildJob: { ...stuck(pulling), trouble: undefined } }, 900, undefined],
  ])('%s', (_, given, seconds, reason) => {
    const build = aBuild({ status: { ...building, isolation: 'Unprivileged' }, annotations });
    const plan = decide({ build, ...given }, secondsAfterNoon(seconds));
    expect(plan.because).toBe(reason === undefined ? 'BuildRuns' : 'HeldUp');
    if (reason !== undefined) {
      expect(plan.status?.status).toMatchObject({ status: 'Pending', conditions: [{ reason }, { reason }] });
    }
  });

  it('for a directory that the kubelet does not mount for an agent is held up a minute and no longer', () => {
    const complaint = 'hostPath type check failed: /run is not a directory';
    const container = aContainer({ name: 'agent', waiting: 'CreateContainerConfigError', complaint });
    const seen = { build: aBuild({ status: importing }), agent: { ...noAgent, ...stuck({ containers: [container] }) } };
    expect(decide(seen, secondsAfterNoon(59)).because).toBe('ImportRuns');
    const plan = decide(seen, secondsAfterNoon(60));
    expect(plan.because).toBe('HeldUp');
    expect(plan.events).toMatchObject([{ reason: 'PodNotStarting', message: expect.stringContaining(complaint) }]);
  });

  test.each<[string, Partial<SeenBuild>, string]>([
    ['for a store that is new', { store: storeMade(59) }, 'StoreNotReady'],
    ['for a store that does not get ready', { store: storeMade(60) }, 'HeldUp'],
    ['for a store of another', { store: undefined, foreignStore: storeMade(3600) }, 'HeldUp'],
  ])('%s', (_, given, because) => {
    expect(decide({ build: aBuild({ status: chosen }), ...given }).because).toBe(because);
  });

  const heldUp = (status: NixBuildStatus) => {
    const build = aBuild({ status: { ...building, ...status }, annotations });
    return decide({ build, buildJob: { ...stuck(pulling), trouble: noSecret } });
  };

  it('gives its slot back, loses no attempt by it, and goes behind the others', () => {
    const plan = heldUp({ attempts: 3, attemptsForgiven: 2 });
    expect(plan).toMatchObject({ recheckAfterMs: 30_000, actions: [] });
    expect(plan.status?.status).toMatchObject({
      nextAttemptTime: secondsAfterNoon(30).toISOString(),
      attemptsForgiven: 3,
      timesHeldUp: 1,
      waitsSince: noon.toISOString(),
    });
    expect(isActive(aBuild({ status: { ...building, ...plan.status?.status } }))).toBe(false);
  });

  it('tries again later and later, for ever, and always soon enough', () => {
    expect([1, 2, 3, 900].map((timesHeldUp) => heldUp({ timesHeldUp }).recheckAfterMs)).toEqual([
      60_000, 90_000, 90_000, 90_000,
    ]);
  });

  it('has its Job deleted, and begins anew', () => {
    const job = aJob(nameOfJob(1));
    const status = { ...building, ...heldUp({}).status?.status };
    expect(decide({ build: aBuild({ status }), jobs: [job], runningJobs: [job] }).because).toBe('OldJobsRun');
    expect(decide({ build: aBuild({ status }) }, secondsAfterNoon(30)).because).toBe('RetryIsDue');
  });

  it('does not wait for its time when the store is ready', () => {
    const plan = decide({ build: aBuild({ status: chosen }), store: storeMade(60) });
    const status = { ...chosen, ...plan.status?.status };
    expect(decide({ build: aBuild({ status }), store: storeMade(60) }).because).toBe('RetryIsNotDue');
    expect(decide({ build: aBuild({ status }) }).because).toBe('RetryIsDue');
  });

  describe('stays told while it tries again', () => {
    const toldOf = ({ progress, conditions }: NixBuildStatus) => {
      const { reason, message } = conditions?.[0] ?? {};
      return { reason, message, progress };
    };
    /** What the build has said after each pass of an attempt that begins anew. */
    const again = (first: NixBuildStatus, passes: readonly Partial<SeenBuild>[]) => {
      let status = first;
      return passes.map((given) => {
        const plan = decide({ ...given, build: aBuild({ status, annotations }) }, secondsAfterNoon(30));
        const change = Object.entries({ ...status, ...plan.status?.status });
        status = Object.fromEntries(change.filter(([, value]) => value !== null));
        return [plan.because, toldOf(status), plan.events ?? []];
      });
    };
    const later = { creationTimestamp: secondsAfterNoon(29).toISOString() };
    const starting = withPod(aPod({ ...later, containers: [aContainer({ waiting: 'PodInitializing' })] }));
    const given: Partial<SeenBuild> = { place: { is: 'given', node: 'node-1' } };
    const secretless: NixBuildStatus = { ...building, ...heldUp({}).status?.status };

    it('that its Secret is missing, until a container of it runs', () => {
      const passes = [{}, given, { store: storeMade(-30) }, { buildJob: noJob }, { buildJob: starting }];
      const told = again(secretless, [...passes, { buildJob: withPod(busy) }]);
      expect(told.map(([because]) => because)).toEqual([
        'RetryIsDue',
        'PlaceGiven',
        'StoreNotReady',
        'StoreReady',
        'BuildRuns',
        'BuildRuns',
      ]);
      const words = toldOf(secretless);
      expect(words).toMatchObject({ reason: 'SecretNotFound', progress: 'Secret team/nosuch does not exist' });
      expect(told.slice(0, -1).map(([, said]) => said)).toEqual(Array.from({ length: 5 }, () => words));
      // It has been told: no event of it comes again.
      expect(told[4]?.[2]).toEqual([]);
      expect(told[5]?.[1]).toMatchObject({ reason: 'FetchRunning', progress: 'fetching' });
    });

    it('that its import does not start', () => {
      const agent = { ...noAgent, ...stuck(pulling), trouble: 'no such file' };
      const plan = decide({ build: aBuild({ status: importing }), agent }, secondsAfterNoon(60));
      const status: NixBuildStatus = { ...importing, ...plan.status?.status, nextAttemptTime: noon.toISOString() };
      const told = again(status, [{}, given, {}, { agent: { ...noAgent, ...starting } }]);
      expect(told.map(([because]) => because)).toEqual([
        'RetryIsDue',
        'ResultIsInStore',
        'ImportUnrecorded',
        'ImportRuns',
      ]);
      expect(told.map(([, said]) => said)).toEqual(Array.from({ length: 4 }, () => toldOf(status)));
      expect(toldOf(status)).toMatchObject({ reason: 'PodNotStarting', progress: 'no such file' });
    });

    it('that its store is not ready, until it is', () => {
      const plan = decide({ build: aBuild({ status: chosen }), store: storeMade(60) });
      const status: NixBuildStatus = { ...chosen, ...plan.status?.status };
      const [due, placed, begun] = again(status, [{}, given, {}]).map(([, said]) => said);
      expect([due, placed]).toEqual([toldOf(status), toldOf(status)]);
      expect(begun).toMatchObject({ reason: 'FetchRunning', progress: 'fetching' });
    });

    it('but not to one that waits for its turn', () => {
      const [, queued] = again(secretless, [{}, { place: { is: 'later' } }]).map(([, said]) => said);
      expect(queued).toMatchObject({ reason: 'WaitingForTurn', progress: 'waiting for its turn' });
    });
  });

  it('is held up no more when something of it runs', () => {
    const status: NixBuildStatus = { ...building, timesHeldUp: 3, waitsSince: noon.toISOString() };
    const plan = decide({ build: aBuild({ status }), buildJob: withPod(busy) });
    expect(plan.status?.status).toMatchObject({ timesHeldUp: null, waitsSince: null });
  });
});

it('says only once that it waits for its turn', () => {
  const place = { is: 'later' } as const;
  const status: NixBuildStatus = { ...decide({ place }).status?.status };
  expect(decide({ build: aBuild({ status }), place }, secondsAfterNoon(60)).status).toBeUndefined();
});

it('writes nothing when nothing changed', () => {
  const first = decide({ build: aBuild({ status: building }), buildJob: withPod(aJobPod({})) });
  const status = { ...building, ...first.status?.status };
  expect(
    decide({ build: aBuild({ status }), buildJob: withPod(aJobPod({})) }, secondsAfterNoon(5)).status,
  ).toBeUndefined();
});
