import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, up } from '../cluster/cluster.ts';
import { createKubeClient } from '../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../src/adapters/kubernetes/kubeconfig.ts';
import { storeName } from '../src/cluster-view/names.ts';
import { projectNixBuild, projectNixStore } from '../src/cluster-view/objects.ts';
import { removeJob } from '../src/cluster-view/remove-job.ts';
import { resource } from '../src/cluster-view/resources.ts';
import { agentJob } from '../src/controllers/agents/agent-job.ts';
import { buildJob } from '../src/controllers/builds/build-job.ts';
import { nixBuildFor } from '../src/controllers/pods/nix-build.ts';
import { storeMetadata } from '../src/controllers/stores/owner.ts';
import { prepareJob } from '../src/controllers/stores/prepare-job.ts';
import { claimOf, volumeOf } from '../src/controllers/stores/volume-manifests.ts';
import { TransientError, UserError } from '../src/errors.ts';
import { type ApplyDeps, applyPlan } from '../src/runtime/apply.ts';
import { fieldsOf, metadataOf } from '../src/runtime/identity.ts';
import type { KubeClient } from '../src/runtime/kube-client.ts';
import type { Manifest } from '../src/runtime/kube-object.ts';
import type { Action } from '../src/runtime/plan.ts';
import { aNode, someSettings } from './support/builders.ts';
import { checkout } from './support/source-files.ts';

// What enbi asks for and what the API server makes of it, with all its defaults: an object that is met under its own name is
// recognised, and one that holds something else is not.
let cluster: Cluster;
let client: KubeClient & Disposable;
let deps: ApplyDeps;
let manifests: Readonly<Record<string, Manifest>>;

const settings = someSettings({
  resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { memory: '2Gi' } },
  tolerations: [{ key: 'builds', operator: 'Exists' }],
});
const want = { image: 'git.example/team/web:1', flakeUrl: 'git+https://git.example/web', packageName: 'default' };

beforeAll(async () => {
  cluster = await up({ name: 'adoption-test', nodes: 0, report: () => undefined });
  client = createKubeClient(await loadKubeconfig(cluster.kubeconfig), { userAgent: 'enbi-test' });
  deps = {
    client,
    resourceTypes: Object.values(resource),
    stores: [],
    events: { emit: () => Promise.resolve() },
    fieldManager: 'enbi',
  };
  await cluster.kubectl(['apply', '-f', join(checkout, 'deploy/crds.yaml')]);
  for (const namespace of ['team', 'enbi']) await cluster.kubectl(['create', 'namespace', namespace]);
  manifests = await allManifests();
});
afterAll(async () => {
  client[Symbol.dispose]();
  await cluster.down();
});

async function allManifests(): Promise<Readonly<Record<string, Manifest>>> {
  const nixBuild = nixBuildFor('team', want, 'x86_64-linux');
  const nixStore: Manifest = {
    apiVersion: nixBuild.apiVersion,
    kind: 'NixStore',
    metadata: { name: storeName('node-1', 'team') },
    spec: { node: 'node-1', tenant: 'team', tenantUid: 'uid' },
  };
  const build = projectNixBuild(await client.create(resource.builds, 'team', nixBuild));
  const store = projectNixStore(await client.create(resource.stores, undefined, nixStore));
  if (build === undefined || store === undefined) throw new Error('not made');
  const next = { ...build, status: { attempts: 2 } };
  const withSecret = { metadata: { ...next.metadata, annotations: { 'enbi.hrzn.ee/nixbuild-secretName': 'git' } } };
  return {
    NixBuild: nixBuild,
    NixStore: nixStore,
    'build Job': buildJob(build, store, aNode(), 'Unprivileged', settings),
    'sandboxed build Job': buildJob({ ...next, ...withSecret }, store, aNode(), 'Sandboxed', settings),
    'agent Job': agentJob(aNode(), settings),
    'prepare Job': prepareJob(store, settings),
    'remove Job': removeJob({
      ...settings,
      metadata: storeMetadata(store, settings, 'remove-it'),
      node: 'node-1',
      order: { tenant: 'team' },
    }),
    PersistentVolume: volumeOf(store, settings),
    PersistentVolumeClaim: claimOf(store, settings),
  };
}

const kinds = [
  'NixBuild',
  'NixStore',
  'build Job',
  'sandboxed build Job',
  'agent Job',
  'prepare Job',
  'remove Job',
  'PersistentVolume',
  'PersistentVolumeClaim',
];

function the(kind: string): Manifest {
  const manifest = manifests[kind];
  if (manifest === undefined) throw new Error(kind);
  return manifest;
}

async function make(manifest: Manifest): Promise<void> {
  const action: Action = { type: 'create', manifest, ...(manifest.kind === 'Job' ? { replaces: true } : {}) };
  await applyPlan({ because: 'Test', actions: [action] }, deps);
}

function typeOf({ kind }: Manifest) {
  const type = Object.values(resource).find((each) => each.kind === kind);
  if (type === undefined) throw new Error(kind);
  return type;
}

const uidOf = async (manifest: Manifest) => metadataOf(await client.get(typeOf(manifest), manifest.metadata))['uid'];

it.each(kinds)('recognises its own %s', async (kind) => {
  const manifest = the(kind);
  await make(manifest);
  const uid = await uidOf(manifest);
  await make(manifest);
  expect(await uidOf(manifest)).toBe(uid);
});

describe('one that was made first, with enbi’s labels and owner', () => {
  /** A Job of another name, so that the one above does not stand there. */
  const named = (name: string): Manifest => {
    const manifest = the('build Job');
    return { ...manifest, metadata: { ...manifest.metadata, name } };
  };

  it('is replaced when it runs something else', async () => {
    const wanted = named('made-first');
    const theirs = JSON.parse(JSON.stringify(wanted).replaceAll(settings.image, 'attacker.example/x:1')) as Manifest;
    await client.create(resource.jobs, 'team', theirs);
    const uid = await uidOf(wanted);
    await expect(make(wanted)).rejects.toThrow(TransientError);
    await expect.poll(() => make(wanted).then(() => 'made', String), { timeout: 20_000 }).toBe('made');
    expect(await uidOf(wanted)).not.toBe(uid);
    expect(JSON.stringify(await client.get(resource.jobs, wanted.metadata))).not.toContain('attacker.example');
  });

  it('is replaced when it has no deadline', async () => {
    const wanted = named('without-deadline');
    const { activeDeadlineSeconds: _, ...spec } = fieldsOf(wanted['spec']);
    await client.create(resource.jobs, 'team', { ...wanted, spec });
    await expect(make(wanted)).rejects.toThrow(TransientError);
  });

  it('is told of when it is a claim: a claim is somebody’s data', async () => {
    const manifest = the('PersistentVolumeClaim');
    const wanted: Manifest = { ...manifest, metadata: { ...manifest.metadata, name: 'enbi-store-first' } };
    await client.create(resource.claims, 'team', {
      ...wanted,
      spec: { ...fieldsOf(wanted['spec']), volumeName: 'x' },
    });
    await expect(make(wanted)).rejects.toThrow(UserError);
  });
});
