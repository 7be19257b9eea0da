import { beforeEach, describe, expect, it } from 'vitest';
import { aNode, aPod, someSettings } from '../../../test/support/builders.ts';
import { apiVersion, label, manager } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { Admission } from './admission.ts';

let stores: Stores;
let version: number;

function admission(maxBuilds: number, maxBuildsPerNode = maxBuilds): Admission {
  return new Admission(stores, someSettings({ maxBuilds, maxBuildsPerNode }));
}

/** As the watch tells of it. */
function put(name: string, status: NixBuildStatus = {}, namespace = 'team', tag = name, going = false): void {
  version++;
  const metadata = {
    name,
    namespace,
    uid: `uid-${namespace}-${name}`,
    resourceVersion: String(version),
    creationTimestamp: `2026-11-23T12:00:${String(version % 60).padStart(2, '0')}Z`,
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

const node = (admitted: Admission, key: string) => {
  const place = admitted.place(key);
  return place?.is === 'given' ? place.node : place?.is;
};

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
  putNode('n1');
});

describe('a place that was given', () => {
  it('is taken before the status shows it', () => {
    const desk = admission(1);
    put('a');
    put('b');
    expect([node(desk, 'team/a'), node(desk, 'team/b')]).toEqual(['n1', 'later']);
  });

  it('is taken also from one that comes later and would have gone before', () => {
    const desk = admission(2);
    put('running', running);
    put('a');
    expect(node(desk, 'team/a')).toBe('n1');
    put('first-of-its-namespace', {}, 'other');
    expect(node(desk, 'other/first-of-its-namespace')).toBe('later');
  });

  it('is counted once when the status shows it', () => {
    const desk = admission(2);
    put('a');
    expect(node(desk, 'team/a')).toBe('n1');
    put('a', running);
    put('b');
    expect(node(desk, 'team/b')).toBe('n1');
  });

  it('is free again when the build changed otherwise, or is gone', () => {
    const desk = admission(1);
    put('a');
    put('b');
    expect(node(desk, 'team/a')).toBe('n1');
    put('a', { status: 'Failed' });
    expect(node(desk, 'team/b')).toBe('n1');
  });

  it('is kept for the build when the write failed and it asks again', () => {
    const desk = admission(1);
    put('a');
    put('b');
    expect([node(desk, 'team/a'), node(desk, 'team/b'), node(desk, 'team/a')]).toEqual(['n1', 'later', 'n1']);
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
    const labels = { [label.managedBy]: manager };
    const metadata = { name: 'p', namespace: 'team', uid: 'uid-p', resourceVersion: String(++version) };
    const spec = { nodeName: 'n1', containers: [{ name: 'build', image: 'x' }] };
    const object = { metadata: { ...metadata, labels, ownerReferences }, spec, status: { phase } };
    stores.jobPods.applyEvent({ type: 'MODIFIED', object });
  };

  it('holds its slot while something of it runs, and no longer', () => {
    const desk = admission(1);
    put('a', running, 'team', 'a', true);
    put('b');
    putJob(1);
    expect(node(desk, 'team/b')).toBe('later');
    putJobPod('Failed');
    expect(node(desk, 'team/b')).toBe('n1');
  });

  it('holds none for a Job that will get no Pod', () => {
    const desk = admission(1);
    put('a', running, 'team', 'a', true);
    put('b');
    putJob(0);
    expect(node(desk, 'team/b')).toBe('n1');
  });

  it('asks for none', () => {
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

  it('does not wait for those that wait for their next attempt', () => {
    const desk = admission(1);
    put('a', { status: 'Pending', buildNode: 'n1', nextAttemptTime: '2026-11-23T12:00:00Z' });
    put('b');
    expect(node(desk, 'team/b')).toBe('n1');
  });

  it('joins the queue before it is given a place, when no node had fitted', () => {
    const desk = admission(9);
    put('a', toldThatNoneFits);
    expect(node(desk, 'team/a')).toBe('later');
    put('a', { status: 'Pending' });
    expect(node(desk, 'team/a')).toBe('n1');
  });

  it('is told again what is in the way while no node fits', () => {
    putNode('n1', true);
    put('a', toldThatNoneFits);
    expect(admission(9).place('team/a')).toEqual({ is: 'nowhere', refusals: new Map([['cordoned', 1]]) });
  });
});

it('sees nodes and Pods change', () => {
  const desk = admission(1);
  putNode('n1', true);
  put('a');
  expect(node(desk, 'team/a')).toBe('nowhere');
  putNode('n1');
  putNode('n2');
  expect(node(desk, 'team/a')).toBe('n1');
  const pod = aPod();
  const { containers, ...rest } = { ...pod, containers: [{ name: 'web', image: 'git.example/demo/app:a' }] };
  const status = { containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }] };
  const spec = { nodeName: 'n2', containers };
  const metadata = { ...rest.metadata, resourceVersion: String(++version) };
  stores.pods.applyEvent({ type: 'ADDED', object: { metadata, spec, status } });
  expect(node(desk, 'team/a')).toBe('n2');
});
