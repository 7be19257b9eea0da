import { beforeEach, describe, expect, it } from 'vitest';
import { noon, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import { silentAgents } from '../../../test/support/seen-build.ts';
import { apiVersion, label, manager } from '../../api/labels.ts';
import { agentName, agentVersion } from '../../cluster-view/agent.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import { storeName } from '../../cluster-view/names.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { noReports } from '../../mailbox/reports.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import { Admission } from './admission.ts';
import { NameClaims } from './name-claims.ts';
import { reconcileBuild } from './reconcile.ts';
import type { BuildSettings } from './settings.ts';
import { workOnNode } from './work-on-node.ts';

// Whoever may write nixbuilds/status of one namespace writes what it likes there. Nothing of it may reach another namespace, set
// aside what an administrator demands, or keep the controller busy.
const outPath = `/nix/store/${'a'.repeat(32)}-image.tar`;
const theirs = storeName('node-1', 'victim');
const own = storeName('node-1', 'team');
const far = '9999-12-31T23:59:59Z';
const never = Number.MAX_SAFE_INTEGER;
const importing = { status: 'Importing', buildNode: 'node-1', outPath, outFormat: 'archive', attempts: 1 };
const succeeded = { ...importing, status: 'Succeeded', nodes: ['node-1'] };

let stores: Stores;
let version = 1;

beforeEach(() => {
  stores = createStores();
  for (const store of Object.values(stores)) store.replace([], '0');
  stores.nodes.observeWrite(aRawNode('node-1'));
  for (const name of ['team', 'victim']) {
    stores.namespaces.observeWrite({ metadata: meta(name) });
    stores.stores.observeWrite(aRawStore(name));
  }
});

const meta = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: noon.toISOString(),
  ...(namespace === undefined ? {} : { namespace }),
});

function aRawNode(name: string): object {
  const nodeInfo = {
    architecture: 'amd64',
    operatingSystem: 'linux',
    containerRuntimeVersion: 'containerd://2.4.2',
  };
  const status = {
    nodeInfo,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: noon.toISOString() }],
    runtimeHandlers: [{ name: '', features: { userNamespaces: true } }],
  };
  return { metadata: meta(name), spec: {}, status };
}

function aRawStore(tenant: string, tenantUid = `uid-${tenant}`) {
  const spec = { node: 'node-1', tenant, tenantUid };
  return {
    apiVersion,
    kind: 'NixStore',
    metadata: meta(storeName('node-1', tenant)),
    spec,
    status: { ready: 'True', prepared: true, imageNames: [nameDigest(`git.example/${tenant}/web:1`)] },
  };
}

async function planFor(status: object, settings: Partial<BuildSettings> = {}, spec: object = {}): Promise<Plan> {
  stores.builds.observeWrite({
    metadata: { ...meta('web', 'team'), resourceVersion: String(++version), generation: 1 },
    spec: {
      flakeUrl: 'git+https://git.example/web',
      packageName: 'default',
      system: 'x86_64-linux',
      imageTag: 'git.example/team/web:1',
      ...spec,
    },
    status,
  });
  const all = someSettings(settings);
  const clock = new FakeClock(noon.toISOString());
  const plan = await reconcileBuild('team/web', [], {
    stores,
    settings: all,
    admission: new Admission(stores, all, { clock, look: () => undefined }),
    names: new NameClaims(stores),
    clock,
    reports: noReports,
    readTrouble: () => Promise.resolve(''),
    ...silentAgents,
  });
  return plan ?? { because: 'nothing', actions: [] };
}

/** What the agent of a node would be told by the build as it stands. */
function listed(node = 'node-1', settings: Partial<BuildSettings> = {}) {
  const deps = { stores, names: new NameClaims(stores), settings: someSettings(settings), now: noon };
  return workOnNode(node, deps).imports;
}

const recorded = { ...importing, importJobName: 'enbi-agent-1', stageTimes: { importStarted: noon.toISOString() } };

describe('what an agent is told', () => {
  it('is what the status says of its own store, once the store has the name', async () => {
    await planFor({ ...recorded, storeName: theirs });
    expect(listed()).toMatchObject([
      { agent: 'enbi-agent-1', order: { import: { outPath, store: { tenant: 'team' } } } },
    ]);
  });

  it.each<[string, object, object?]>([
    ['a result of no build', { outPath: '/etc/shadow' }],
    ['a node there is none of', { buildNode: 'victim' }],
    ['a time to come', { stageTimes: { importStarted: far } }],
    ['another phase', { status: 'Building' }],
    ['a name of another’s', {}, { imageTag: 'git.example/victim/web:1' }],
    ['a name that its store does not remember', {}, { imageTag: 'git.example/team/unheard:1' }],
  ])('is nothing where somebody wrote %s', async (_, status, spec = {}) => {
    await planFor({ ...recorded, ...status }, {}, spec);
    expect([...listed(), ...listed('victim')]).toEqual([]);
  });

  it('is nothing under a protected name, though the store remembers it', async () => {
    const imageTag = 'registry.k8s.io/pause:3.10';
    const store = { ...aRawStore('team'), metadata: { ...meta(own), resourceVersion: '2' } };
    stores.stores.observeWrite({ ...store, status: { ...store.status, imageNames: [nameDigest(imageTag)] } });
    await planFor(recorded, {}, { imageTag });
    expect(listed()).toEqual([]);
  });

  it('is nothing on a node that repels builds', async () => {
    await planFor(recorded);
    expect(listed('node-1', { repels: () => true })).toEqual([]);
  });
});

describe('the time of an import', () => {
  const importJobName = agentName({ metadata: meta('node-1') }, agentVersion(someSettings()));
  const since = (importStarted: string) => ({ ...importing, importJobName, stageTimes: { importStarted } });
  const marks = { [label.managedBy]: manager, [label.agentOf]: 'uid-node-1' };

  it.each<[string, string, string]>([
    ['goes on', secondsAfterNoon(-1860).toISOString(), 'ImportRuns'],
    ['is over', secondsAfterNoon(-1861).toISOString(), 'BuildTimedOut'],
    ['was over long ago', '0001-01-01T00:00:00Z', 'BuildTimedOut'],
    ['begins with a clock that is a little ahead', secondsAfterNoon(60).toISOString(), 'ImportRuns'],
    ['begins now where it is to come', far, 'ImportUnrecorded'],
    ['begins now where it is none', 'yesterday', 'ImportUnrecorded'],
  ])('%s, however late its agent came', async (_, importStarted, because) => {
    const metadata = { ...meta(importJobName, 'enbi'), labels: marks, annotations: { [label.agentNode]: 'node-1' } };
    stores.jobs.observeWrite({ metadata, spec: {}, status: { active: 1 } });
    const plan = await planFor(since(importStarted));
    expect(plan.because).toBe(because);
    if (because === 'ImportUnrecorded')
      expect(plan.status?.status).toMatchObject({ stageTimes: { importStarted: noon.toISOString() } });
  });

  it('is over as well where nobody could do it, which says why', async () => {
    const metadata = { ...meta(importJobName, 'enbi'), labels: marks, annotations: { [label.agentNode]: 'node-1' } };
    stores.jobs.observeWrite({ metadata, spec: {}, status: {} });
    const plan = await planFor(since(secondsAfterNoon(-1861).toISOString()));
    expect(plan.status?.status).toMatchObject({ failure: { stage: 'Import', reason: 'PodRefused' } });
  });
});

describe('a forged status', () => {
  it('that says the image is loaded does not make a name of others one of its own', async () => {
    const imageTag = 'git.example/victim/web:1';
    for (const status of [{}, succeeded, { ...succeeded, status: 'Pending' }, importing]) {
      const plan = await planFor(status, {}, { imageTag });
      expect(plan.status?.status ?? {}).not.toHaveProperty('imageNames');
      expect(plan.actions).toEqual([]);
    }
    expect((await planFor({ ...importing, nodes: ['node-1'] }, {}, { imageTag })).because).toBe('NameConflict');
  });

  it.each<[string, object, string]>([
    ['imports from another’s store', { ...importing, storeName: theirs }, 'ImportUnrecorded'],
    ['imports again from another’s store', { status: 'Pending', outPath, storeName: theirs }, 'PlaceGiven'],
    ['has succeeded with another’s store', { ...succeeded, buildNode: undefined, storeName: theirs }, 'NothingToDo'],
    ['builds in another’s store', { status: 'Building', buildNode: 'node-1', storeName: theirs }, 'BuildJobMissing'],
    ['is on a node there is none of', { ...importing, buildNode: 'victim' }, 'InfrastructureFailed'],
    ['waits on a node there is none of', { status: 'Pending', buildNode: 'victim' }, 'InfrastructureFailed'],
    ['has the result of no build', { ...importing, outPath: '/etc/shadow' }, 'InfrastructureFailed'],
    ['has a result that leaves the store', { ...importing, outPath: `${outPath}/../../etc` }, 'InfrastructureFailed'],
    ['is in a phase there is none of', { status: '__proto__' }, 'PlaceGiven'],
    ['waits for ever', { status: 'Pending', nextAttemptTime: far, attempts: 1 }, 'RetryIsDue'],
    ['has tried more often than can be counted', { ...importing, attempts: never }, 'ImportUnrecorded'],
    ['was forgiven all that it will ever try', { ...importing, attemptsForgiven: never }, 'ImportUnrecorded'],
    ['was loaded in a time to come', { ...succeeded, stageTimes: { importFinished: far } }, 'NothingToDo'],
    ['was finished in a time to come', { ...succeeded, completionTime: far }, 'NothingToDo'],
  ])('that says the build %s reaches nobody else', async (_, status, because) => {
    const plan = await planFor(status);
    expect(plan.because).toBe(because);
    const writes = JSON.stringify(plan.actions);
    expect(writes).not.toContain('victim');
    expect(writes).not.toContain('/etc');
    expect(plan.status?.ref.namespace ?? 'team').toBe('team');
    expect(plan.recheckAfterMs ?? 0).toBeLessThanOrEqual(600_000);
    expect(plan.recheckAfterMs).not.toBeNaN();
  });

  it('gets the store of its own node and namespace', async () => {
    const plan = await planFor({ ...importing, storeName: theirs });
    expect(plan.actions).toEqual([]);
    const building = await planFor({ status: 'Building', buildNode: 'node-1', storeName: theirs });
    expect(JSON.stringify(building.actions)).toContain(`enbi-store-${own.slice(-30)}`);
  });

  it.each(['Building', 'Importing'])('gets nothing of an earlier namespace in phase %s', async (phase) => {
    stores.stores.observeWrite({
      ...aRawStore('team', 'uid of the one before'),
      metadata: { ...meta(own), resourceVersion: '2' },
    });
    const plan = await planFor({ ...importing, status: phase, storeName: own });
    expect(plan.actions).toEqual([]);
    expect(plan.status?.status).toMatchObject({ status: 'Pending' });
  });

  it.each(['Pending', 'Building', 'Importing'])('in phase %s lets no protected name pass', async (phase) => {
    const plan = await planFor({ ...importing, status: phase }, {}, { imageTag: 'registry.k8s.io/pause:3.10' });
    expect([plan.because, plan.actions]).toEqual(['NameConflict', []]);
  });

  it('does not take a build out of the sandbox that an administrator demands', async () => {
    const forged = { status: 'Building', buildNode: 'node-1', isolation: 'Unprivileged', sandboxRefused: 'it was' };
    const plan = await planFor(forged, { isolation: 'Sandboxed' });
    expect(JSON.stringify(plan.actions)).toContain('"hostUsers":false');
    expect(plan.status?.status).toMatchObject({ isolation: 'Sandboxed' });
  });

  it.each(['Pending', 'Building', 'Importing'])('in phase %s chooses no node that repels builds', async (status) => {
    stores.nodes.observeWrite({
      ...aRawNode('node-1'),
      metadata: { ...meta('node-1'), resourceVersion: '2', labels: { 'enbi.hrzn.ee/repel': '' } },
    });
    const plan = await planFor({ ...importing, status });
    expect(plan.actions).toEqual([]);
    expect(plan.status?.status).toMatchObject({ status: 'Pending', failure: { reason: 'WaitingForNode' } });
  });

  it('decides no figures of another’s store', async () => {
    await planFor({ ...succeeded, storeName: theirs, storeUsage: { sizeBytes: 1, freeBytes: 0, time: far } });
    expect(stores.builds.by('store', theirs)).toEqual([]);
  });
});
