import { beforeEach, describe, expect, it } from 'vitest';
import { noon, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import { apiVersion, podAnnotation } from '../../api/labels.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import { storeName } from '../../cluster-view/names.ts';
import type { NodeWork } from '../../cluster-view/node-work.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { NameClaims } from './name-claims.ts';
import type { BuildSettings } from './settings.ts';
import { workOnNode } from './work-on-node.ts';

const outPath = `/nix/store/${'a'.repeat(32)}-image.tar`;
let stores: Stores;
let version = 1;

beforeEach(() => {
  stores = createStores();
  for (const store of Object.values(stores)) store.replace([], '0');
  const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.4.2' };
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: noon.toISOString() }];
  stores.nodes.observeWrite({ metadata: meta('node-1'), spec: {}, status: { nodeInfo, conditions } });
});

const meta = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${namespace}-${name}`,
  resourceVersion: String(++version),
  creationTimestamp: noon.toISOString(),
  ...(namespace === undefined ? {} : { namespace }),
});

const imageOf = (namespace: string, name: string) => `git.example/${namespace}/${name}:1`;

function aNamespaceWith(namespace: string, names: readonly string[]): void {
  stores.namespaces.observeWrite({ metadata: meta(namespace) });
  stores.stores.observeWrite({
    apiVersion,
    kind: 'NixStore',
    metadata: meta(storeName('node-1', namespace)),
    spec: { node: 'node-1', tenant: namespace, tenantUid: `uid-undefined-${namespace}` },
    status: { ready: 'True', imageNames: names.map((name) => nameDigest(imageOf(namespace, name))) },
  });
}

function aBuildOf(namespace: string, name: string, status: object): void {
  stores.builds.observeWrite({
    metadata: { ...meta(name, namespace), generation: 1 },
    spec: {
      flakeUrl: 'git+https://git.example/web',
      packageName: 'default',
      system: 'x86_64-linux',
      imageTag: imageOf(namespace, name),
    },
    status: { buildNode: 'node-1', outPath, outFormat: 'archive', attempts: 1, nodes: [], ...status },
  });
}

const importing = (seconds: number) => ({
  status: 'Importing',
  importJobName: 'enbi-agent-1',
  stageTimes: { importStarted: secondsAfterNoon(seconds).toISOString() },
});
const loaded = (seconds: number) => ({
  status: 'Succeeded',
  nodes: ['node-1'],
  stageTimes: { importFinished: secondsAfterNoon(seconds).toISOString() },
});

/** One that waits for the image. */
function aPodOf(namespace: string, name: string, nodeName = 'node-1'): void {
  const image = imageOf(namespace, name);
  stores.pods.observeWrite({
    metadata: { ...meta(name, namespace), annotations: { [podAnnotation.flakeUrl]: 'git+https://git.example/web' } },
    spec: { nodeName, containers: [{ name: 'web', image }] },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }],
    },
  });
}

function work(settings: Partial<BuildSettings> = {}, now = noon): NodeWork {
  return workOnNode('node-1', { stores, names: new NameClaims(stores), settings: someSettings(settings), now });
}

const importsOf = ({ imports }: NodeWork) =>
  imports.map(({ order }) => ('import' in order ? order.import.owner.name : ''));
const isPinned = ({ imports }: NodeWork) =>
  imports.map(({ order }) => 'import' in order && order.import.pin !== undefined);

describe('imports', () => {
  it('are in the list in the order in which they wait, and namespaces take turns', () => {
    for (const namespace of ['team', 'other']) aNamespaceWith(namespace, ['a1', 'a2', 'a3', 'b1', 'b2']);
    for (const [name, since] of [
      ['a2', -50],
      ['a1', -60],
      ['a3', -40],
    ] as const)
      aBuildOf('team', name, importing(since));
    for (const [name, since] of [
      ['b2', -10],
      ['b1', -20],
    ] as const)
      aBuildOf('other', name, importing(since));
    expect(importsOf(work())).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('of one namespace are no more than a node has at once, whatever somebody wrote into its status', () => {
    const names = Array.from({ length: 100 }, (_, at) => `forged-${at}`);
    aNamespaceWith('team', names);
    aNamespaceWith('other', ['web']);
    for (const name of names) aBuildOf('team', name, importing(-1000));
    aBuildOf('other', 'web', importing(0));
    const listed = importsOf(work({ maxBuildsPerNode: 4 }));
    expect([listed.length, listed.indexOf('web')]).toEqual([5, 1]);
  });

  it('are asked of a node by nothing that is over', () => {
    aNamespaceWith('team', ['old', 'failed']);
    aBuildOf('team', 'old', loaded(-3600));
    aBuildOf('team', 'failed', { status: 'Failed' });
    expect(work()).toEqual({ isComing: false, isForBuilds: true, imports: [], pins: [] });
  });
});

describe('pins', () => {
  it('are for images that Pods of the node wait for, and only for so long', () => {
    aNamespaceWith('team', ['asked', 'unasked', 'elsewhere']);
    for (const name of ['asked', 'unasked', 'elsewhere']) aBuildOf('team', name, loaded(-30));
    aPodOf('team', 'asked');
    aPodOf('team', 'elsewhere', 'node-2');
    expect([work().pins.length, work().recheckAfterMs]).toEqual([1, 570_000]);
    expect(work({}, secondsAfterNoon(570)).pins).toEqual([]);
  });

  it('are so many of a namespace on a node at most, those of imports under way counted', () => {
    const names = Array.from({ length: 12 }, (_, at) => `web-${at}`);
    aNamespaceWith('team', [...names, 'coming']);
    for (const name of names) aBuildOf('team', name, loaded(-30));
    aBuildOf('team', 'coming', importing(-10));
    for (const name of [...names, 'coming']) aPodOf('team', name);
    aNamespaceWith('other', ['web']);
    aBuildOf('other', 'web', loaded(-30));
    aPodOf('other', 'web');
    const found = work();
    const pinned = isPinned(found).filter((pin) => pin).length;
    expect(found.pins.length + pinned).toBe(8 + 1);
  });
});
