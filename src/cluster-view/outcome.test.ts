import { describe, expect, it, test } from 'vitest';
import { aContainer, aJob, aJobPod, aPod } from '../../test/support/builders.ts';
import type { Said } from '../api/report.ts';
import { BuildResult, type BuildSuccess } from '../api/result.ts';
import { projectJob } from './objects.ts';
import { outcomeOf } from './outcome.ts';
import type { PodView } from './pod.ts';

type Ended = Parameters<typeof aJobPod>[0][string];

function outcome(ended: Ended, given: Partial<PodView> = {}) {
  const pod = aJobPod({ build: ended }, given);
  return outcomeOf<BuildSuccess>({ job: aJob(), pod }, 'build', BuildResult);
}

/** Reason, and whether it is tried again. */
function failed(ended: Ended, given: Partial<PodView> = {}): readonly [string, boolean] | undefined {
  const { state, ...rest } = outcome(ended, given);
  const result = 'result' in rest ? rest.result : undefined;
  return state === 'running' || result?.ok !== false ? undefined : [result.reason, result.retry];
}

const path = `/nix/store/${'a'.repeat(32)}-image.tar`;
const success = {
  ok: true,
  drvPath: `${path}.drv`,
  outPath: path,
  format: 'archive',
  derivationsBuilt: 1,
  pathsCopied: 0,
  bytesCopied: 0,
  storeSizeBytes: 1,
  storeFreeBytes: 1,
};
const builderFailed = { ok: false, reason: 'BuilderFailed', retry: false, message: 'it does not compile' };
const evicted = (message: string) => ({ phase: 'Failed', reason: 'Evicted', message });

describe('infrastructure is at fault when a container', () => {
  test.each<[string, Ended, Partial<PodView>, string]>([
    ['died with containerd or its node', { exitCode: 255, reason: 'Unknown' }, {}, 'PodLost'],
    [
      'is not there any more',
      { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'could not be located' },
      {},
      'PodLost',
    ],
    ['was killed', { exitCode: 137, reason: 'Error' }, {}, 'PodLost'],
    ['was ended before it could answer', { exitCode: 143, reason: 'Error' }, {}, 'PodLost'],
    ['was killed for memory', { exitCode: 137, reason: 'OOMKilled' }, {}, 'OutOfMemory'],
    [
      'has a process killed for memory, and blames the build',
      { exitCode: 10, reason: 'OOMKilled', message: builderFailed },
      {},
      'OutOfMemory',
    ],
    [
      'was made to end by a preemption, and blames the build',
      { exitCode: 10, message: builderFailed },
      { disruption: 'PreemptionByScheduler: preempted to make room' },
      'PodLost',
    ],
    ['could not be started', { exitCode: 128, reason: 'StartError', message: 'runc: no' }, {}, 'PodRefused'],
    ['is in a Pod that was evicted', { exitCode: 137 }, evicted('The node was low on resource: pids.'), 'PodLost'],
    [
      '… for want of memory',
      { exitCode: 137 },
      evicted('The node was low on resource: memory. Threshold …'),
      'OutOfMemory',
    ],
    ['… for want of disk', { exitCode: 137 }, evicted('The node was low on resource: ephemeral-storage.'), 'DiskFull'],
    [
      '… for writing more than it may',
      { exitCode: 137 },
      evicted('Usage of EmptyDir volume "staged" exceeds the limit "33Gi".'),
      'DiskFull',
    ],
    ['is in a Pod that its node shut down', { exitCode: 137 }, { phase: 'Failed', reason: 'Terminated' }, 'PodLost'],
    ['was preempted by the kubelet', { exitCode: 137 }, { phase: 'Failed', reason: 'Preempting' }, 'PodLost'],
  ])('%s', (_, ended, given, reason) => expect(failed(ended, given)).toEqual([reason, true]));
});

it('is the user’s when the container says so', () => {
  expect(failed({ exitCode: 10, message: builderFailed })).toEqual(['BuilderFailed', false]);
});

it('is a defect when a container ends by itself and says nothing', () => {
  expect(failed({ exitCode: 1, reason: 'Error', message: 'Segmentation fault' })).toEqual(['InvalidResult', false]);
});

it('is one of the Pod’s own when somebody deletes it', () => {
  const metadata = { ...aJobPod({}).metadata, deletionTimestamp: '2026-11-23T12:00:00Z' };
  expect(failed({ exitCode: 1, reason: 'Error' }, { metadata })).toEqual(['PodLost', true]);
});

test.each<[string, Ended, Partial<PodView>]>([
  ['a process of it was killed for memory', { reason: 'OOMKilled', message: success }, {}],
  ['its Pod was evicted afterwards', { message: success }, evicted('The node was low on resource: memory.')],
])('a success stands although %s', (_, ended, given) => {
  expect(outcome(ended, given)).toMatchObject({ state: 'done', result: { ok: true } });
});

describe('a Job past its deadline', () => {
  const late = (status: object) => {
    const conditions = [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'was active too long' }];
    const labels = { 'app.kubernetes.io/managed-by': 'enbi' };
    return projectJob({ metadata: { name: 'job', namespace: 'team', labels }, status: { ...status, conditions } });
  };
  const of = (job: ReturnType<typeof late>) => outcomeOf({ job, pod: undefined }, 'build', BuildResult);

  it.each([{ failed: 1 }, { uncountedTerminatedPods: { failed: ['uid'] } }, { terminating: 1 }])(
    'ran too long: %j',
    (status) => {
      expect(of(late(status))).toMatchObject({ result: { reason: 'BuildTimedOut', retry: false } });
    },
  );

  it.each([{}, { active: 0, uncountedTerminatedPods: {} }])('never had a Pod: %j', (status) => {
    expect(of(late(status))).toMatchObject({
      result: { reason: 'PodRefused', retry: true, message: expect.stringContaining('involvedObject.name=job`') },
    });
  });
});

describe('a report', () => {
  const runs = { phase: 'Running', containers: [aContainer({ name: 'build', running: true })] };
  const evictedPod = { ...runs, ...evicted('low on resource: memory') };
  const ended = (message: object, exitCode = 0) => aJobPod({ build: { message, exitCode } });
  const of = (result: unknown) => ({ report: { step: 'build' as const, order: 'one', result } });
  const done = { state: 'done', result: success };

  test.each<[string, PodView, Said | undefined, object]>([
    ['of a success counts while its container runs', aPod(runs), of(success), done],
    ['of a success stands whatever becomes of the Pod', aPod(evictedPod), of(success), done],
    ['of a failure waits for the end of its container', aPod(runs), of(builderFailed), { state: 'running' }],
    [
      'of a failure gives way to what the kubelet says',
      aPod(evictedPod),
      of(builderFailed),
      { state: 'done', result: expect.objectContaining({ reason: 'OutOfMemory' }) },
    ],
    ['that fits no schema is none', aPod(runs), of({ ...success, outPath: '/etc/passwd' }), { state: 'running' }],
    ['that is only progress is none', aPod(runs), { progress: '1/2' }, { state: 'running' }],
    ['that is not there is none', aPod(runs), undefined, { state: 'running' }],
    [
      'does not count against the termination message',
      ended(builderFailed, 10),
      of(success),
      { state: 'done', result: builderFailed },
    ],
    [
      'does not stand in for a termination message that cannot be read',
      ended({}, 0),
      of(success),
      { state: 'done', result: expect.objectContaining({ reason: 'InvalidResult' }) },
    ],
  ])('%s', (_, pod, said, expected) => {
    const heard = new Map(said === undefined ? [] : [['build', said]]);
    expect(outcomeOf<BuildSuccess>({ job: aJob(), pod, said: heard }, 'build', BuildResult)).toEqual(expected);
  });

  test('of another container says nothing of this one', () => {
    const heard = new Map([['fetch', of(success)]]);
    expect(outcomeOf<BuildSuccess>({ job: aJob(), pod: aPod(runs), said: heard }, 'build', BuildResult).state).toBe(
      'running',
    );
  });
});

describe('a builder that ended', () => {
  const message = JSON.stringify({ step: 'build', order: 'mine', result: builderFailed });
  const asked = (order: string) => {
    const pod = aJobPod({ build: { exitCode: 10, message } });
    return outcomeOf<BuildSuccess>({ job: aJob(), pod, order }, 'build', BuildResult);
  };

  it('says what became of the order that it names', () => {
    expect(asked('mine')).toMatchObject({ result: { reason: 'BuilderFailed' } });
  });

  it('says nothing of another one', () => {
    expect(asked('other')).toMatchObject({ result: { reason: 'InvalidResult' } });
  });
});
