import { beforeEach, expect, test } from 'vitest';
import { podAnnotation } from '../api/labels.ts';
import { createStores, type Stores } from '../cluster-view/stores.ts';
import { connect } from './wiring.ts';

let stores: Stores;
let looked: Set<string>;

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
  const add = (key: string) => void looked.add(key);
  const controller = { add } as never;
  connect(stores, { pods: { add: () => undefined } as never, builds: controller, stores: controller }, 'enbi');
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
