import { describe, expect, test } from 'vitest';
import {
  aBuild,
  aContainer,
  aJob,
  aJobPod,
  aNamespace,
  aNode,
  aStore,
  noon,
  secondsAfterNoon,
  someSettings,
} from '../../../test/support/builders.ts';
import { aSeenBuild } from '../../../test/support/seen-build.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { decideBuild } from './decide.ts';
import { jobName } from './names.ts';

const path = `/nix/store/${'a'.repeat(32)}-image.tar`;
const lockedUrl = `git+https://git.example/hello?ref=refs/tags/1.0&rev=${'a'.repeat(40)}`;
const building: NixBuildStatus = {
  status: 'Building',
  attempts: 1,
  buildNode: 'node-1',
  storeName: aStore().metadata.name,
  isolation: 'Unprivileged',
  buildJobName: jobName(aBuild({ status: { attempts: 1 } })),
  lockedUrl,
  progress: 'fetching',
};
const counts = { derivationsBuilt: 1, pathsCopied: 0, bytesCopied: 0, storeSizeBytes: 1, storeFreeBytes: 1 };
const fetched = { ok: true, lockedUrl };
const built = { ok: true, drvPath: `${path}.drv`, outPath: path, format: 'archive', ...counts };
const failure = (reason: string, retry: boolean) => ({ ok: false, reason, retry, message: 'x' });

const { waiting: _, ...idle } = aContainer();
const ends = (exitCode: number, message: object | string = '', reason = 'Error') => ({
  terminated: { exitCode, reason, message: JSON.stringify(message), finishedAt: noon.toISOString() },
});
/** What a container of the Pod may be seen in. */
const states = {
  'is on its way': { waiting: 'ContainerCreating' },
  runs: { running: true },
  'has fetched': ends(0, fetched),
  'found no flake': ends(10, failure('FlakeNotFound', false)),
  'was killed': ends(137),
  'was killed for memory': ends(137, '', 'OOMKilled'),
  'could not be started': ends(128, '', 'StartError'),
  'was not begun': ends(11, failure('PodLost', true)),
  'has built': ends(0, built),
  'does not compile': ends(10, failure('BuilderFailed', false)),
} satisfies Readonly<Record<string, Partial<ContainerView>>>;
type State = keyof typeof states;

function aPodOf(fetch: State, build: State, given: Partial<PodView> = {}): PodView {
  const containers = [
    { ...idle, name: 'fetch', ...states[fetch] },
    { ...idle, name: 'build', ...states[build] },
  ];
  const phase = containers.some((container) => 'waiting' in container) ? 'Pending' : 'Running';
  const pod = aJobPod({}, { phase, ...given, containers });
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: noon.toISOString() } };
}

interface Moment {
  readonly seconds?: number;
  readonly trouble?: string;
  readonly status?: NixBuildStatus;
}

function decide(pod: PodView, { seconds = 1, trouble = '', status = {} }: Moment = {}) {
  const seen = aSeenBuild({
    build: aBuild({ status: { ...building, ...status } }),
    namespace: aNamespace(),
    node: aNode(),
    store: aStore(),
    buildJob: { job: aJob(), pod, said: new Map(), trouble },
  });
  return decideBuild(seen, secondsAfterNoon(seconds), someSettings());
}

describe('of two containers that started together', () => {
  test.each<[State, State, string, object]>([
    // Whatever the build does before the fetch has its say waits for that.
    ['runs', 'runs', 'BuildRuns', { progress: 'fetching' }],
    ['runs', 'is on its way', 'BuildRuns', { progress: 'fetching' }],
    ['runs', 'was not begun', 'BuildRuns', {}],
    ['runs', 'has built', 'BuildRuns', {}],
    ['runs', 'does not compile', 'BuildRuns', {}],
    ['runs', 'was killed for memory', 'BuildRuns', {}],
    ['is on its way', 'runs', 'BuildRuns', {}],
    ['is on its way', 'was not begun', 'BuildRuns', {}],
    // A fetch that failed is the failure, whatever the build says of it.
    ['found no flake', 'runs', 'FlakeNotFound', { failure: { stage: 'Fetch' } }],
    ['found no flake', 'was not begun', 'FlakeNotFound', { failure: { stage: 'Fetch' } }],
    ['found no flake', 'was killed', 'FlakeNotFound', { failure: { stage: 'Fetch' } }],
    ['was killed', 'was not begun', 'InfrastructureFailed', { failure: { stage: 'Fetch', reason: 'PodLost' } }],
    [
      'was killed for memory',
      'was not begun',
      'InfrastructureFailed',
      { failure: { stage: 'Fetch', reason: 'OutOfMemory' } },
    ],
    ['could not be started', 'runs', 'InfrastructureFailed', { failure: { stage: 'Fetch', reason: 'PodRefused' } }],
    // After that the build speaks for itself.
    ['has fetched', 'runs', 'BuildRuns', { progress: 'building' }],
    ['has fetched', 'is on its way', 'BuildRuns', { progress: 'building' }],
    ['has fetched', 'has built', 'BuildSucceeded', { status: 'Importing' }],
    ['has fetched', 'does not compile', 'BuilderFailed', { failure: { stage: 'Build' } }],
    ['has fetched', 'was not begun', 'InfrastructureFailed', { failure: { stage: 'Build', reason: 'PodLost' } }],
    [
      'has fetched',
      'was killed for memory',
      'InfrastructureFailed',
      { failure: { stage: 'Build', reason: 'OutOfMemory' } },
    ],
  ])('fetch %s and build %s: %s', (fetch, build, because, status) => {
    const plan = decide(aPodOf(fetch, build));
    expect(plan.because).toBe(because);
    expect({ ...building, ...plan.status?.status }).toMatchObject(status);
  });

  test.each<[State, State, Partial<PodView>, object]>([
    ['runs', 'was not begun', { phase: 'Failed', reason: 'Evicted' }, { stage: 'Fetch', reason: 'PodLost' }],
    ['has fetched', 'runs', { phase: 'Failed', reason: 'Evicted' }, { stage: 'Build', reason: 'PodLost' }],
    ['was killed', 'was killed', { disruption: 'Preempted: x' }, { stage: 'Fetch', reason: 'PodLost' }],
    ['has fetched', 'was not begun', { disruption: 'Preempted: x' }, { stage: 'Build', reason: 'PodLost' }],
  ])('fetch %s and build %s in a Pod that is %j', (fetch, build, given, expected) => {
    expect(decide(aPodOf(fetch, build, given)).status?.status).toMatchObject({ failure: expected });
  });

  const stuck = (): PodView => {
    const pod = aPodOf('is on its way', 'runs');
    const [fetch, build] = pod.containers;
    if (fetch === undefined || build === undefined) throw new Error('no containers');
    const complaint = 'cannot be made';
    return { ...pod, containers: [{ ...fetch, waiting: 'CreateContainerError', complaint }, build] };
  };

  test('a build that waits is no beginning: what keeps fetch from it is told, and the slot given back', () => {
    const status = { timesHeldUp: 2 };
    const soon = decide(stuck(), { seconds: 59, status });
    expect(soon.because).toBe('BuildRuns');
    expect(soon.status?.status).not.toHaveProperty('timesHeldUp');
    const late = decide(stuck(), { seconds: 60, status });
    expect(late.because).toBe('HeldUp');
    expect(late.status?.status).toMatchObject({ timesHeldUp: 3, conditions: [{ reason: 'PodNotStarting' }, {}] });
  });

  test('a sandbox that is refused to fetch alone is done without', () => {
    const pod = stuck();
    const containers = pod.containers.map((each) => ({ ...each, complaint: 'user namespaces are not supported' }));
    const plan = decide({ ...pod, containers }, { seconds: 30, status: { isolation: 'Sandboxed' } });
    expect(plan.because).toBe('SandboxIsRefused');
  });

  test('what the kubelet says of a fetch that does not start is told beside a build that waits', () => {
    const pod = aPodOf('is on its way', 'runs');
    const plan = decide(pod, { seconds: 60, trouble: 'no such volume' });
    expect(plan.because).toBe('HeldUp');
  });
});
