import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { aBuild, aNode, aPod, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import { ceilings } from '../../api/ceilings.ts';
import { apiVersion, label, manager, podAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { warmKey } from '../../cluster-view/road.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { Admission } from './admission.ts';

let stores: Stores;
let version: number;
let clock: FakeClock;
let looked: string[];

function admission(maxBuilds: number): Admission {
  const settings = someSettings({ maxBuilds, maxBuildsPerNode: 9 });
  return new Admission(stores, settings, { clock, look: (key) => looked.push(key) });
}

/** As the watch tells of it. */
function put(name: string, status: NixBuildStatus = {}, namespace = 'team', tag = name, going = false): void {
  version++;
  const metadata = {
    name,
    namespace,
    uid: `uid-${namespace}-${name}`,
    resourceVersion: String(version),
    creationTimestamp: secondsAfterNoon(version).toISOString(),
    ...(going ? { deletionTimestamp: '2026-11-23T12:00:00Z' } : {}),
  };
  const spec = {
    flakeUrl: `git+https://git.example/${name}`,
    packageName: 'default',
    system: 'x86_64-linux',
    imageTag: `git.example/demo/app:${tag}`,
  };
  stores.builds.applyEvent({ type: 'MODIFIED', object: { apiVersion, kind: 'NixBuild', metadata, spec, status } });
}

function rawNode(name: string, unschedulable = false): object {
  const { architecture, os, runtime } = aNode();
  return {
    metadata: { name, uid: `uid-${name}`, resourceVersion: String(++version) },
    spec: { unschedulable },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { architecture, operatingSystem: os, containerRuntimeVersion: runtime },
    },
  };
}

function putNode(name: string, unschedulable = false): void {
  stores.nodes.applyEvent({ type: 'MODIFIED', object: rawNode(name, unschedulable) });
}

/** Whoever asks too early asks again. */
async function node(admitted: Admission, key: string): Promise<string | undefined> {
  await clock.advance(100);
  const answer = askFor(admitted, key);
  if (answer !== undefined) return answer;
  await clock.advance(100);
  return askFor(admitted, key);
}

function askFor(admitted: Admission, key: string): string | undefined {
  const place = admitted.place(key);
  return place?.is === 'given' ? place.node : place?.is;
}

const running: NixBuildStatus = { status: 'Building', buildNode: 'n1' };
const toldThatNoneFits: NixBuildStatus = {
  status: 'Pending',
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'WaitingForNode',
      message: 'none',
      lastTransitionTime: '2026-11-23T12:00:00Z',
    },
  ],
};

beforeEach(() => {
  stores = createStores();
  version = 0;
  clock = new FakeClock();
  looked = [];
  putNode('n1');
});

describe('a place that was given', () => {
  it('is taken before the status shows it', async () => {
    const desk = admission(1);
    put('a');
    put('b');
    expect([await node(desk, 'team/a'), await node(desk, 'team/b')]).toEqual(['n1', 'later']);
  });

  it('is taken also from one that comes later and would have gone before', async () => {
    const desk = admission(2);
    put('running', running, 'third');
    put('a');
    expect(await node(desk, 'team/a')).toBe('n1');
    put('first-of-its-namespace', {}, 'other');
    expect(await node(desk, 'other/first-of-its-namespace')).toBe('later');
  });

  it('is counted once when the status shows it', async () => {
    const desk = admission(3);
    put('a');
    expect(await node(desk, 'team/a')).toBe('n1');
    put('a', running);
    put('b');
    expect(await node(desk, 'team/b')).toBe('n1');
  });

  it('is free again when the build changed otherwise, or is gone', async () => {
    const desk = admission(1);
    put('a');
    put('b');
    expect(await node(desk, 'team/a')).toBe('n1');
    put('a', { status: 'Failed' });
    expect(await node(desk, 'team/b')).toBe('n1');
  });

  it('is kept for the build when the write failed and it asks again', async () => {
    const desk = admission(1);
    put('a');
    put('b');
    expect([await node(desk, 'team/a'), await node(desk, 'team/b'), await node(desk, 'team/a')]).toEqual([
      'n1',
      'later',
      'n1',
    ]);
  });
});

describe('a build that is being deleted', () => {
  const putJob = (pods: number) => {
    const labels = { [label.managedBy]: manager, [label.buildUid]: 'uid-team-a' };
    const ownerReferences = [{ apiVersion, kind: 'NixBuild', name: 'a', uid: 'uid-team-a', controller: true }];
    const annotations = { [label.buildNamespace]: 'team', [label.buildName]: 'a' };
    const deletionTimestamp = '2026-11-23T12:00:00Z';
    const metadata = { name: 'j', namespace: 'team', uid: 'uid-j', resourceVersion: String(++version), labels };
    stores.jobs.applyEvent({
      type: 'MODIFIED',
      object: { metadata: { ...metadata, annotations, deletionTimestamp, ownerReferences } },
    });
    for (let index = 0; index < pods; index++) putJobPod('Running');
  };
  const putJobPod = (phase: string) => {
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'uid-j', controller: true }];
    const labels = { [label.managedBy]: manager, [label.buildUid]: 'uid-team-a' };
    const metadata = { name: 'p', namespace: 'team', uid: 'uid-p', resourceVersion: String(++version) };
    const spec = { nodeName: 'n1', containers: [{ name: 'build', image: 'x' }] };
    const object = { metadata: { ...metadata, labels, ownerReferences }, spec, status: { phase } };
    stores.jobPods.applyEvent({ type: 'MODIFIED', object });
  };

  it('holds its slot while something of it runs, and no longer', async () => {
    const desk = admission(1);
    put('a', running, 'team', 'a', true);
    put('b');
    putJob(1);
    expect(await node(desk, 'team/b')).toBe('later');
    putJobPod('Failed');
    expect(await node(desk, 'team/b')).toBe('n1');
  });

  it('holds none for a Job that will get no Pod', async () => {
    const desk = admission(1);
    put('a', running, 'team', 'a', true);
    put('b');
    putJob(0);
    expect(await node(desk, 'team/b')).toBe('n1');
  });

  it('asks for none', async () => {
    put('a', {}, 'team', 'a', true);
    expect(admission(9).place('team/a')).toBeUndefined();
  });
});

describe('who asks', () => {
  it.each<[string, NixBuildStatus]>([
    ['builds', running],
    ['waits for its store', { status: 'Pending', buildNode: 'n1' }],
    ['waits for its next attempt', { status: 'Pending', nextAttemptTime: '2026-11-23T12:00:00Z' }],
    ['has succeeded', { status: 'Succeeded', buildNode: 'n1' }],
    ['has failed', { status: 'Failed' }],
  ])('is nobody who %s', (_, status) => {
    put('a', status);
    expect(admission(9).place('team/a')).toBeUndefined();
  });

  it('does not wait for those that wait for their next attempt', async () => {
    const desk = admission(1);
    put('a', { status: 'Pending', buildNode: 'n1', nextAttemptTime: '2026-11-23T12:00:00Z' });
    put('b');
    expect(await node(desk, 'team/b')).toBe('n1');
  });

  it('joins the queue before it is given a place, when no node had fitted', async () => {
    const desk = admission(9);
    put('a', toldThatNoneFits);
    expect(await node(desk, 'team/a')).toBe('later');
    put('a', { status: 'Pending' });
    expect(await node(desk, 'team/a')).toBe('n1');
  });

  it('is told again what is in the way while no node fits', async () => {
    putNode('n1', true);
    put('a', toldThatNoneFits);
    expect(admission(9).place('team/a')).toEqual({ is: 'nowhere', refusals: new Map([['cordoned', 1]]) });
  });
});

it('sees nodes and Pods change', async () => {
  const desk = admission(1);
  putNode('n1', true);
  put('a');
  expect(await node(desk, 'team/a')).toBe('nowhere');
  putNode('n1');
  putNode('n2');
  expect(await node(desk, 'team/a')).toBe('n1');
  const pod = aPod();
  const { containers, ...rest } = { ...pod, containers: [{ name: 'web', image: 'git.example/demo/app:a' }] };
  const status = { containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }] };
  const spec = { nodeName: 'n2', containers };
  const annotations = { [podAnnotation.flakeUrl]: 'git+https://git.example/a' };
  const metadata = { ...rest.metadata, annotations, resourceVersion: String(++version) };
  stores.pods.applyEvent({ type: 'ADDED', object: { metadata, spec, status } });
  expect(await node(desk, 'team/a')).toBe('n2');
});

describe('however many wait', () => {
  const waiting = 1000;
  const desk = () => admission(4);
  const all = Array.from({ length: waiting }, (_, index) => `b${String(index).padStart(4, '0')}`);
  /** How often places have been worked out. */
  let finds: MockInstance<(index: 'road' | 'warm', value: string) => readonly unknown[]>;
  const worked = () => finds.mock.calls.filter(([, value]) => value === 'active').length;

  beforeEach(() => {
    for (const name of all) put(name, {}, 'crowd', name);
    finds = vi.spyOn(stores.builds, 'by');
  });

  it('places are worked out once for a hundred changes in a moment, and those looked at that may go', async () => {
    const asked = desk();
    expect(askFor(asked, 'crowd/b0000')).toBe('n1');
    looked = [];
    for (let index = 0; index < 100; index++) putNode(`other${index}`, true);
    for (let index = 0; index < 100; index++) put(`small${index}`, {}, 'small');
    expect([askFor(asked, 'crowd/b0900'), worked()]).toEqual(['crowded', 1]);
    await clock.advance(100);
    expect([worked(), looked.length]).toEqual([2, 3]);
  });

  it('never takes more than a tenth of the time', async () => {
    const asked = desk();
    let took = 0;
    const began = clock.now().getTime();
    vi.spyOn(clock, 'monotonicMs').mockImplementation(() => began + took);
    finds.mockImplementationOnce(() => {
      took = 50;
      return [];
    });
    askFor(asked, 'crowd/b0000');
    put('another', {}, 'crowd');
    expect(worked()).toBe(1);
    expect(clock.pending).toEqual([450]);
  });

  it('is not put off for longer than half a second, however long it takes', () => {
    const asked = desk();
    let took = 0;
    const began = clock.now().getTime();
    vi.spyOn(clock, 'monotonicMs').mockImplementation(() => began + took);
    finds.mockImplementationOnce(() => {
      took = 300;
      return [];
    });
    askFor(asked, 'crowd/b0000');
    put('another', {}, 'crowd');
    expect(clock.pending).toEqual([200]);
  });

  it('one that ends has one more looked at, and no other', async () => {
    const asked = desk();
    for (const name of all.slice(0, 3)) {
      expect(askFor(asked, `crowd/${name}`)).toBe('n1');
      put(name, running, 'crowd', name);
    }
    await clock.advance(100);
    looked = [];
    put('b0001', { status: 'Succeeded', buildNode: 'n1' }, 'crowd', 'b0001');
    await clock.advance(100);
    expect(looked).toEqual(['crowd/b0003']);
  });

  it('progress of those that run has nothing worked out', async () => {
    const asked = desk();
    put('b0000', running, 'crowd', 'b0000');
    expect(askFor(asked, 'crowd/b0001')).toBe('n1');
    await clock.advance(100);
    const before = worked();
    put('b0000', { ...running, progress: 'building' }, 'crowd', 'b0000');
    await clock.advance(1000);
    expect(worked()).toBe(before);
  });

  it('one of another namespace does not wait for the next time', () => {
    const asked = desk();
    askFor(asked, 'crowd/b0000');
    put('early', {}, 'small');
    expect([askFor(asked, 'small/early'), worked()]).toEqual(['n1', 2]);
  });

  it('one that asks too early is looked at again as soon as it can be answered', async () => {
    const asked = desk();
    askFor(asked, 'crowd/b0000');
    put('first', {}, 'small');
    askFor(asked, 'small/first');
    put('early', {}, 'small');
    looked = [];
    expect([askFor(asked, 'small/early'), worked()]).toEqual([undefined, 2]);
    await clock.advance(100);
    expect(looked).toContain('small/early');
    expect(askFor(asked, 'small/early')).toBe('n1');
  });

  it('only so many namespaces are answered between two times', () => {
    const asked = desk();
    askFor(asked, 'crowd/b0000');
    for (let index = 0; index < 50; index++) {
      put('early', {}, `small${index}`);
      askFor(asked, `small${index}/early`);
    }
    expect(worked()).toBe(1 + 5);
  });

  it('those that stand outside are not gone through', () => {
    const gets = vi.spyOn(stores.builds, 'get');
    askFor(desk(), 'crowd/b0000');
    expect(gets.mock.calls.length).toBeLessThan(ceilings.queued.value + 5);
  });

  it('each reference is parsed once', async () => {
    const [build] = stores.builds.list();
    let reads = 0;
    const spec = {
      ...aBuild().spec,
      get flakeUrl() {
        reads++;
        return 'git+https://git.example/x';
      },
    };
    const counted = { ...aBuild(), ...build, spec };
    for (let times = 0; times < 3; times++) warmKey(counted);
    expect(reads).toBe(1);
  });
});
