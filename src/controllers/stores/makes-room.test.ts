import { beforeEach, describe, expect, it, test } from 'vitest';
import { aJob, aJobPod, noon, someSettings } from '../../../test/support/builders.ts';
import { ceilings } from '../../api/ceilings.ts';
import { apiVersion } from '../../api/labels.ts';
import type { NixStoreStatus } from '../../api/nix-store.ts';
import { storeLayout } from '../../api/order.ts';
import { storeName } from '../../cluster-view/names.ts';
import { scopeOf } from '../../cluster-view/store-scope.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import type { Plan } from '../../runtime/plan.ts';
import { decideStore } from './decide.ts';
import { observeStore, type SeenStore } from './observe.ts';

const most = ceilings.storesOfNamespace.value;
const hour = (at: number) => `2026-11-23T${String(at).padStart(2, '0')}:00:00Z`;
const url = (at: number) => `git+https://git.example/repository-${at}`;
const scope = (at: number) => scopeOf({ metadata: meta('x'), spec: specOf(at) }, 'flake') ?? '';
const nameOf = (at: number) => storeName('node-1', 'team', scope(at));

let stores: Stores;
let version = 1;

beforeEach(() => {
  stores = createStores('flake');
  for (const store of Object.values(stores)) store.replace([], '0');
  stores.nodes.observeWrite({ metadata: meta('node-1'), spec: {}, status: {} });
  stores.namespaces.observeWrite({ metadata: meta('team') });
});

function meta(name: string) {
  return { name, uid: `uid-${name}`, resourceVersion: String(++version), creationTimestamp: hour(0) };
}

function specOf(at: number) {
  return { flakeUrl: url(at), packageName: 'default', system: 'x86_64-linux', imageTag: `git.example/image-${at}:1` };
}

/** The store of repository `at`, used in that hour. */
function keepStore(at: number, status: NixStoreStatus = {}): void {
  const spec = { node: 'node-1', tenant: 'team', tenantUid: 'uid-team', scope: scope(at) };
  const all = { ready: 'True', prepared: true, layout: storeLayout, lastUsed: hour(at), ...status };
  stores.stores.observeWrite({ apiVersion, kind: 'NixStore', metadata: meta(nameOf(at)), spec, status: all });
}

function keepBuild(at: number, status: object, deletionTimestamp?: string): void {
  const metadata = { ...meta(`build-${at}`), namespace: 'team', ...(deletionTimestamp && { deletionTimestamp }) };
  stores.builds.observeWrite({ metadata, spec: specOf(at), status: { buildNode: 'node-1', ...status } });
}

function decide(at: number, given: Partial<SeenStore> = {}): Plan {
  const seen = observeStore(nameOf(at), stores, 'enbi');
  if (seen === undefined) throw new Error('there is no such store');
  return decideStore({ ...seen, refusals: [], ...given }, noon, someSettings());
}

/** Which stores would go now. */
function going(): readonly number[] {
  return Array.from({ length: most }, (_, at) => at).filter((at) =>
    ['StoreMakesRoom', 'NamesHandedOver'].includes(decide(at).because),
  );
}

describe('of as many stores as a namespace may have on a node', () => {
  beforeEach(() => {
    for (let at = 0; at < most; at++) keepStore(at);
  });

  it('the one goes that was used longest ago', () => {
    expect(going()).toEqual([0]);
    keepStore(0, { lastUsed: hour(20) });
    expect(going()).toEqual([1]);
  });

  it('none goes that a build uses, or that was given to one', () => {
    keepBuild(0, { status: 'Building' });
    keepBuild(1, { status: 'Pending' });
    keepBuild(2, { status: 'Importing' }, noon.toISOString());
    keepBuild(3, { status: 'Succeeded' });
    expect(going()).toEqual([3]);
  });

  it('one is not ready before anything of it goes', () => {
    const plan = decide(0);
    expect(plan.actions).toEqual([]);
    expect(plan.status?.status).toMatchObject({ ready: 'False', prepared: false });
  });

  it('its directories go, then its record', () => {
    keepStore(0, { ready: 'False', prepared: false });
    const order = JSON.stringify({ tenant: 'team', scope: scope(0) });
    const plan = decide(0);
    expect(plan.actions).toMatchObject([
      { type: 'create', manifest: { kind: 'Job', metadata: { namespace: 'enbi' } } },
    ]);
    expect(JSON.stringify(plan.actions)).toContain(JSON.stringify(order));
    const removed = { removeJob: aJob(), removePod: aJobPod({ remove: { message: { ok: true, filesRemoved: 7 } } }) };
    expect(decide(0, removed)).toMatchObject({ because: 'StoreRemoved', actions: [{ ref: { name: nameOf(0) } }] });
  });

  it('one that a build was given meanwhile is prepared again, and another goes', () => {
    keepStore(0, { ready: 'False', prepared: false });
    keepBuild(0, { status: 'Pending' });
    expect(decide(0).because).toBe('DirectoriesMissing');
    expect(going()).toEqual([1]);
  });

  it('only one goes, although another was used longer ago by now', () => {
    keepStore(3, { ready: 'False', prepared: false });
    expect(going()).toEqual([3]);
  });

  it('one goes to its end once its Job is there, whoever wants it', () => {
    keepStore(0, { ready: 'False', prepared: false });
    keepBuild(0, { status: 'Pending' });
    expect(decide(0, { removeJob: aJob() })).toMatchObject({ because: 'StoreMakesRoom', actions: [] });
  });

  it('the one that was used last remembers the image names of it first', () => {
    const digest = (at: number) => String(at).padStart(32, '0');
    keepStore(0, { ready: 'False', prepared: false, imageNames: [digest(1), digest(2)] });
    keepStore(most - 1, { imageNames: [digest(2), digest(3)] });
    const plan = decide(0);
    const imageNames = [digest(1), digest(2), digest(3)];
    expect(plan).toMatchObject({ because: 'NamesHandedOver', actions: [], status: { status: { imageNames } } });
    expect(plan.status?.ref.name).toBe(nameOf(most - 1));
    keepStore(most - 1, { imageNames });
    expect(decide(0).because).toBe('StoreMakesRoom');
  });

  it('names are handed over once, also when there are too many of them', () => {
    const names = (from: number) =>
      Array.from({ length: ceilings.namesOfStore.value }, (_, at) => String(from + at).padStart(32, '0'));
    keepStore(0, { ready: 'False', prepared: false, imageNames: names(1000) });
    keepStore(most - 1, { imageNames: names(0) });
    expect(decide(0).because).toBe('StoreMakesRoom');
  });
});

test.each([
  ['one more could be had', 1, {}],
  ['one is of another node', 0, { node: 'node-2' }],
  ['one is of another namespace', 0, { tenant: 'other' }],
  ['one is the namespace’s own', 0, { scope: undefined }],
])('none goes while %s', (_, fewer, other) => {
  for (let at = 0; at < most - 1; at++) keepStore(at);
  if (fewer === 0) {
    const spec = { node: 'node-1', tenant: 'team', tenantUid: 'uid-team', scope: scope(most), ...other };
    stores.stores.observeWrite({ apiVersion, kind: 'NixStore', metadata: meta('beside'), spec });
  }
  expect(Array.from({ length: most - 1 }, (_, at) => decide(at).because)).not.toContain('StoreMakesRoom');
});

test('a store says when it was last used', () => {
  keepStore(1, { lastUsed: hour(1) });
  keepBuild(1, { status: 'Succeeded', storeUsage: { sizeBytes: 1, freeBytes: 2, time: hour(5) } });
  const bound = { metadata: meta('v'), phase: 'Bound', claim: 'team/x', volumeName: nameOf(1) };
  expect(decide(1, { volume: bound, claim: bound }).status?.status).toMatchObject({ lastUsed: hour(5) });
});
