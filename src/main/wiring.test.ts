import { beforeEach, expect, test, vi } from 'vitest';
import { label, manager, podAnnotation } from '../api/labels.ts';
import { storeName } from '../cluster-view/names.ts';
import { type PodView, projectJobPod } from '../cluster-view/pod.ts';
import { createStores, type Stores } from '../cluster-view/stores.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { connect } from './wiring.ts';

let stores: Stores;
let clock: FakeClock;
let looked: Set<string>;
let agentsLooked: Set<string>;
let buildersLooked: Set<string>;
/** How often anything was to be looked at. */
let looks: number;
/** Who listens to reports. */
let reported: ((pod: PodView) => void)[];

const image = 'registry.test/team/web:1';
const meta = (name: string, resourceVersion = '2') => ({
  name,
  namespace: 'team',
  uid: `uid of ${name}`,
  resourceVersion,
});

beforeEach(() => {
  stores = createStores();
  looked = new Set();
  agentsLooked = new Set();
  buildersLooked = new Set();
  looks = 0;
  reported = [];
  const add = (key: string) => {
    looks++;
    looked.add(key);
  };
  const controller = { add } as never;
  clock = new FakeClock();
  const pods = { add: () => void looks++ } as never;
  const reports = { subscribe: (listener: (pod: PodView) => void) => void reported.push(listener) };
  const agents = { add: (node: string) => void agentsLooked.add(node) } as never;
  const orderReports = { subscribe: () => undefined };
  const surroundings = { enbiNamespace: 'enbi', clock, reports, orderReports };
  const builders = { add: (key: string) => void buildersLooked.add(key) } as never;
  connect(stores, { pods, builds: controller, stores: controller, agents, builders }, surroundings);
});

function theNode(ready: boolean, resourceVersion: string): object {
  const conditions = [
    { type: 'Ready', status: ready ? 'True' : 'Unknown', lastTransitionTime: '2026-11-23T12:00:00Z' },
  ];
  return { metadata: { ...meta('node-1', resourceVersion), namespace: undefined }, spec: {}, status: { conditions } };
}

function aBuildWith(status: object): object {
  const spec = { flakeUrl: 'github:team/web', imageTag: image, system: 'x86_64-linux', packageName: 'default' };
  return { metadata: meta('web'), spec, status };
}

function aPodOn(nodeName: string): object {
  const annotations = { [podAnnotation.flakeUrl]: 'github:team/web' };
  return { metadata: { ...meta('web-0'), annotations }, spec: { nodeName, containers: [{ name: 'web', image }] } };
}

/** Builds that are looked at when node-1 is Ready again. */
function lookedAtWhenReady(build: object, pod: object): readonly string[] {
  for (const store of [stores.nodes, stores.builds, stores.pods]) store.replace([], '1');
  stores.nodes.observeWrite(theNode(false, '2'));
  stores.builds.observeWrite(build);
  stores.pods.observeWrite(pod);
  looked.clear();
  stores.nodes.observeWrite(theNode(true, '3'));
  return [...looked];
}

test.each([
  ['runs', aBuildWith({ status: 'Building', buildNode: 'node-1' }), aPodOn('node-2'), ['team/web']],
  [
    'is on another node while Pods wait on this one',
    aBuildWith({ status: 'Succeeded' }),
    aPodOn('node-1'),
    ['team/web'],
  ],
  ['is wherever Pods wait', aBuildWith({ status: 'Succeeded' }), aPodOn('node-2'), []],
  ['has failed', aBuildWith({ status: 'Failed' }), aPodOn('node-1'), []],
])('a node that comes back is looked at for a build that %s, or not', (_, build, pod, expected) => {
  expect(lookedAtWhenReady(build, pod)).toEqual(expected);
});

test('the end of a build has none of those looked at that wait: who may go is the admission’s to say', () => {
  for (const store of [stores.nodes, stores.builds, stores.pods]) store.replace([], '1');
  const asking = (index: number) => ({
    ...aBuildWith({}),
    metadata: { ...meta(`asks-${index}`), uid: `uid ${index}` },
  });
  for (let index = 0; index < 100; index++) stores.builds.observeWrite(asking(index));
  stores.builds.observeWrite(aBuildWith({ status: 'Building', buildNode: 'node-1' }));
  looked.clear();
  const over = aBuildWith({ status: 'Failed', buildNode: 'node-1' });
  stores.builds.observeWrite({ ...over, metadata: meta('web', '3') });
  expect([...looked].filter((key) => key.includes('asks'))).toEqual([]);
  expect(looked).toContain('team/web');
});

const many = 2000;

function aRecord(at: number, more: { readonly metadata?: object; readonly status?: object } = {}): object {
  const labels = { [label.managedBy]: manager };
  const metadata = { ...meta(`record-${at}`, String(at + 2)), labels, ...more.metadata };
  return { ...aBuildWith(more.status ?? { status: 'Failed' }), metadata };
}

function aStoreWith(status: object, resourceVersion: string): object {
  const metadata = { ...meta(storeName('node-1', 'team'), resourceVersion), namespace: undefined };
  return { metadata, spec: { node: 'node-1', tenant: 'team' }, status };
}

function aWaitingPod(at: number): object {
  return { ...aPodOn('node-1'), metadata: { ...meta(`pod-${at}`, String(at + 2)), annotations: asking } };
}

const asking = { [podAnnotation.flakeUrl]: 'github:team/web' };

function listOf(store: 'builds' | 'pods', objects: readonly object[]): void {
  const items = objects.map((raw) => stores[store].projectItem(raw));
  stores[store].replace(items as never, String(many + 10));
}

test.each([
  [
    'records',
    () =>
      listOf(
        'builds',
        Array.from({ length: many }, (_, at) => aRecord(at)),
      ),
  ],
  [
    'records that a finalizer keeps',
    () => {
      const metadata = { deletionTimestamp: '2026-11-23T12:00:00Z' };
      listOf(
        'builds',
        Array.from({ length: many }, (_, at) => aRecord(at, { metadata })),
      );
    },
  ],
  [
    'NixBuilds and Pods of one image',
    () => {
      listOf(
        'builds',
        Array.from({ length: many }, (_, at) => aRecord(at, { status: {} })),
      );
      listOf(
        'pods',
        Array.from({ length: many }, (_, at) => aWaitingPod(at)),
      );
    },
  ],
  [
    'NixBuilds in one store, which changes as often',
    () => {
      const status = { status: 'Building', buildNode: 'node-1' };
      const ofItsOwn = (at: number) => ({
        ...aRecord(at, { status }),
        spec: { imageTag: `registry.test/team/web:${at}` },
      });
      listOf(
        'builds',
        Array.from({ length: many }, (_, at) => ofItsOwn(at)),
      );
      for (let at = 0; at < many; at++) stores.stores.observeWrite(aStoreWith({ sizeBytes: at }, String(at + 2)));
    },
  ],
])('a namespace with thousands of %s costs no more than in proportion to them', async (_, read) => {
  read();
  expect(looks).toBeLessThan(10 * many);
  await clock.advance(1000);
  expect(looks).toBeLessThan(14 * many);
  expect(looked).toContain(`team/record-${many - 1}`);
});

test('of thousands of records none is left out when one more ends', async () => {
  const records = Array.from({ length: many }, (_, at) => aRecord(at));
  listOf('builds', records);
  await clock.advance(2000);
  looked.clear();
  stores.builds.observeWrite(aRecord(many + 20));
  expect(looked.size).toBe(many + 1);
});

test('a store for one repository has those beside it looked at, one of which may make room', () => {
  stores.stores.replace([], '1');
  const keep = (name: string, spec: object) =>
    stores.stores.observeWrite({
      metadata: { ...meta(name), namespace: undefined },
      spec: { node: 'node-1', ...spec },
    });
  const scope = (digit: string) => ({ tenant: 'team', scope: digit.repeat(32) });
  keep('first', scope('1'));
  keep('of-the-namespace', { tenant: 'team' });
  keep('of-another', { ...scope('1'), tenant: 'other' });
  keep('on-another', { ...scope('1'), node: 'node-2' });
  looked.clear();
  keep('second', scope('2'));
  expect([...looked].toSorted()).toEqual(['first', 'second']);
  looked.clear();
  stores.stores.replace([], '3');
  expect(looked).toContain('first');
});

test('a node that comes back has the Pods gone through once, not for each build', () => {
  for (const store of [stores.nodes, stores.builds, stores.pods]) store.replace([], '1');
  stores.nodes.observeWrite(theNode(false, '2'));
  for (let at = 0; at < 20; at++) {
    const build = aBuildWith({ status: 'Succeeded' });
    stores.builds.observeWrite({ ...build, metadata: meta(`web-${at}`, String(at + 3)) });
  }
  stores.pods.observeWrite(aPodOn('node-1'));
  const [byImage, list] = [vi.spyOn(stores.pods, 'by'), vi.spyOn(stores.pods, 'list')];
  looked.clear();
  stores.nodes.observeWrite(theNode(true, '99'));
  // Of the node before and after the change.
  expect([looked.size, byImage.mock.calls.length, list.mock.calls.length]).toEqual([20, 0, 2]);
});

test('a NixBuild is looked at when a container of its Job has reported', () => {
  const annotations = { [label.buildNamespace]: 'team', [label.buildName]: 'web' };
  const raw = { metadata: { ...meta('job-0'), labels: { [label.managedBy]: manager }, annotations }, spec: {} };
  const pod = projectJobPod(raw);
  for (const listener of reported) if (pod !== undefined) listener(pod);
  expect([...looked]).toEqual(['team/web']);
});

test('the agents of a node are looked at for what its builds, its Pods and they themselves become', () => {
  const seen = () => {
    const nodes = [...agentsLooked];
    agentsLooked.clear();
    return nodes;
  };
  stores.builds.observeWrite(aBuildWith({ status: 'Importing', buildNode: 'node-1' }));
  expect(seen()).toEqual(['node-1']);
  looked.clear();
  const labels = { [label.managedBy]: manager, [label.agentOf]: 'uid-node-1' };
  const annotations = { [label.agentNode]: 'node-1' };
  stores.jobs.observeWrite({ metadata: { ...meta('an-agent'), namespace: 'enbi', labels, annotations }, spec: {} });
  expect([seen(), [...looked]]).toEqual([['node-1'], ['team/web']]);
  // Where no tenant makes anything, and nowhere else.
  stores.jobs.observeWrite({ metadata: { ...meta('a-forgery'), labels, annotations }, spec: {} });
  expect(seen()).toEqual([]);
});

test('a builder is looked at for what its builds, its Pod, its store and whoever lacks room become', () => {
  const lookedAt = (write: () => void): readonly string[] => {
    buildersLooked.clear();
    looked.clear();
    write();
    return [...buildersLooked];
  };
  const marks = { [label.managedBy]: manager, [label.buildUid]: 'gone', [label.builder]: 'kind' };
  const job = { metadata: { ...meta('builder'), labels: marks }, spec: {}, status: {} };
  const taken = { status: 'Building', buildNode: 'node-1', buildJobName: 'builder' };
  expect(lookedAt(() => stores.builds.observeWrite(aBuildWith(taken)))).toEqual([]);
  expect(lookedAt(() => stores.jobs.observeWrite(job))).toEqual(['team/builder']);
  expect([...looked]).toEqual(['team/web']);
  const building = { ...aBuildWith({ ...taken, attempts: 2 }), metadata: meta('web', '3') };
  expect(lookedAt(() => stores.builds.observeWrite(building))).toEqual(['team/builder']);
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'builder', uid: 'uid of builder', controller: true };
  const pod = { metadata: { ...meta('builder-0'), labels: marks, ownerReferences: [owner] }, spec: {}, status: {} };
  expect(lookedAt(() => stores.jobPods.observeWrite(pod))).toEqual(['team/builder']);
  expect([...looked]).toEqual(['team/web']);
  const name = storeName('node-1', 'team');
  const store = { metadata: { ...meta(name), namespace: undefined }, spec: { node: 'node-1', tenant: 'team' } };
  expect(lookedAt(() => stores.stores.observeWrite(store))).toEqual(['team/builder']);
  const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes: 1 Insufficient cpu.' }];
  const waiting = { ...aPodOn('node-1'), status: { conditions } };
  expect(lookedAt(() => stores.pods.observeWrite(waiting))).toEqual(['team/builder']);
});
