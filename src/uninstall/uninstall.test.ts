import { beforeEach, expect, it } from 'vitest';
import { apiVersion, label, manager } from '../api/labels.ts';
import { claimName, storeName } from '../cluster-view/names.ts';
import { rawOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import { deployments } from './observe.ts';
import { uninstall } from './uninstall.ts';

const options = { purge: false, namespace: 'enbi', image: 'enbi:1', pullPolicy: 'Never', instance: 'hook-1' };
const labels = { [label.managedBy]: manager };
const spec = { flakeUrl: 'github:a/b', packageName: 'default', system: 'x86_64-linux', imageTag: 'git.example/a:1' };
let client: MemoryKubeClient;
let clock: FakeClock;
let said: string[];

beforeEach(() => {
  client = new MemoryKubeClient();
  clock = new FakeClock();
  said = [];
});

const run = (signal = new AbortController().signal, given = options, timeoutMs = 60_000) =>
  uninstall({ client, clock, say: (line) => said.push(line), options: given, timeoutMs }, signal);

const name = storeName('node-1', 'team');
const nodeStatus = { conditions: [{ type: 'Ready', status: 'True' }] };

/** What to write on an object that this one owns. */
function ownedBy(owner: unknown) {
  const { kind, metadata } = rawOf(owner);
  const { name: ownerName, uid } = rawOf(metadata);
  return [{ apiVersion, kind, name: ownerName, uid, controller: true }];
}

function put(type: ResourceType, metadata: object, fields: object = {}): unknown {
  return client.put(type, { apiVersion: type.apiVersion, kind: type.kind, metadata, ...fields });
}

/** One of each that enbi makes for a tenant. A finalizer of somebody else holds what can be held. */
function putAll(...finalizers: readonly string[]) {
  put(deployments, { namespace: 'enbi', name: 'enbi-controller' });
  const ofStore = ownedBy(put(resource.stores, { name }, { spec: { node: 'node-1', tenant: 'team' } }));
  const ofBuild = ownedBy(put(resource.builds, { namespace: 'team', name: 'for-a-pod', labels, finalizers }, { spec }));
  put(resource.builds, { namespace: 'team', name: 'by-hand' }, { spec });
  const marks = { ...labels, [label.buildUid]: ofBuild[0]?.uid, [label.storeUid]: ofStore[0]?.uid };
  put(resource.jobs, { namespace: 'team', name: 'build', labels: marks, ownerReferences: ofBuild });
  put(resource.claims, { namespace: 'team', name: claimName(name), labels, ownerReferences: ofStore, finalizers });
  put(resource.volumes, { name, labels, ownerReferences: ofStore });
  return { ofStore, ofBuild, marks };
}

const allWrites = [
  'delete Deployment enbi/enbi-controller',
  'delete Job team/build',
  `delete PersistentVolumeClaim team/${claimName(name)}`,
  `delete PersistentVolume ${name}`,
  'delete NixBuild team/for-a-pod',
  `delete NixStore ${name}`,
];

it('removes what enbi made and nothing else', async () => {
  putAll();
  put(resource.jobs, { namespace: 'team', name: 'theirs' });
  expect(await run()).toBe(true);
  expect(client.writes).toEqual(allWrites);
  expect(said.at(-1)).toMatch(/nothing of enbi is left/);
});

it('removes builders, which stay for others, and none of another namespace', async () => {
  const { ofStore, marks } = putAll();
  const builder = { ...marks, [label.builder]: 'kind' };
  put(resource.jobs, { namespace: 'team', name: 'waiting', labels: builder, ownerReferences: ofStore });
  put(resource.jobs, { namespace: 'other', name: 'waiting', labels: builder, ownerReferences: ofStore });
  put(resource.jobs, { namespace: 'team', name: 'no-builder', labels: marks, ownerReferences: ofStore });
  expect(await run()).toBe(true);
  const jobs = client.writes.filter((write) => write.startsWith('delete Job'));
  expect(jobs).toEqual(['delete Job team/build', 'delete Job team/waiting']);
});

it('neither deletes nor waits for what a tenant labelled as enbi does', async () => {
  const { ofStore, ofBuild, marks } = putAll();
  const container = { spec: { nodeName: 'node-1', containers: [{ name: 'a' }] }, status: { phase: 'Running' } };
  put(resource.nodes, { name: 'node-1' }, { status: nodeStatus });
  put(resource.jobs, { namespace: 'team', name: 'labelled', labels: marks });
  put(resource.jobs, { namespace: 'other', name: 'owned', labels: marks, ownerReferences: ofBuild });
  put(resource.jobs, { namespace: 'team', name: 'plain', uid: 'uid-plain' });
  put(resource.claims, { namespace: 'team', name: 'data', labels: marks, ownerReferences: ofStore });
  put(resource.claims, { namespace: 'other', name: claimName(name), labels: marks, ownerReferences: ofStore });
  put(resource.volumes, { name: 'data', labels: marks, ownerReferences: ofStore });
  put(resource.pods, { namespace: 'team', name: 'bare', labels: marks }, container);
  const ofPlain = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'plain', uid: 'uid-plain', controller: true }];
  put(resource.pods, { namespace: 'team', name: 'of-a-job', labels: marks, ownerReferences: ofPlain }, container);
  expect(await run()).toBe(true);
  expect(client.writes).toEqual(allWrites);
});

it('waits for Pods of a Job of enbi that is gone: Kubernetes takes them away', async () => {
  putAll();
  const container = { spec: { nodeName: 'node-1', containers: [{ name: 'a' }] }, status: { phase: 'Running' } };
  put(resource.nodes, { name: 'node-1' }, { status: nodeStatus });
  const ofGone = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'gone', uid: 'uid-gone', controller: true }];
  put(resource.pods, { namespace: 'team', name: 'build-pod', labels, ownerReferences: ofGone }, container);
  const ended = run();
  await clock.advance(1000);
  expect(said.at(-1)).toMatch(/until the Pods of enbi's Jobs end: team\/build-pod/);
  await client.delete(resource.pods, { namespace: 'team', name: 'build-pod' }, {});
  await clock.advance(1000);
  expect(await ended).toBe(true);
});

it('ends the agents once nobody makes them anew, and waits until each has taken its pins off', async () => {
  putAll();
  put(resource.nodes, { name: 'node-1' }, { status: nodeStatus });
  const marks = { ...labels, [label.agentOf]: 'node-1-uid' };
  put(resource.jobs, { namespace: 'enbi', name: 'enbi-agent-node-1', uid: 'uid-agent', labels: marks });
  put(resource.jobs, { namespace: 'other', name: 'enbi-agent-node-1', labels: marks });
  const ofAgent = [
    { apiVersion: 'batch/v1', kind: 'Job', name: 'enbi-agent-node-1', uid: 'uid-agent', controller: true },
  ];
  const pod = { spec: { nodeName: 'node-1', containers: [{ name: 'agent' }] }, status: { phase: 'Running' } };
  put(resource.pods, { namespace: 'enbi', name: 'agent-pod', labels: marks, ownerReferences: ofAgent }, pod);
  const ended = run();
  await clock.advance(1000);
  expect(client.writes).toEqual([allWrites[0], 'delete Job enbi/enbi-agent-node-1', allWrites[1]]);
  expect(said.at(-1)).toMatch(/until the Pods of enbi's Jobs end: enbi\/agent-pod/);
  await client.delete(resource.pods, { namespace: 'enbi', name: 'agent-pod' }, {});
  await clock.advance(1000);
  expect(await ended).toBe(true);
});

it('goes on after half a minute without what others hold, and names it in the end', async () => {
  client.now = () => clock.now();
  putAll('example.com/mine');
  const ended = run(undefined, options, 90_000);
  for (let second = 0; second <= 70; second++) await clock.advance(1000);
  expect(await ended).toBe(true);
  expect(said).toContainEqual(expect.stringMatching(/^NixBuild team\/for-a-pod is deleted and stays: a finalizer/));
  expect(said.at(-1)).toContain(
    `what others hold and has been deleted (claim team/${claimName(name)}, NixBuild team/for-a-pod)`,
  );
});

it('names a node that is not ready once', async () => {
  client.put(resource.stores, {
    apiVersion,
    kind: 'NixStore',
    metadata: { name: 'store' },
    spec: { node: 'node-1', tenant: 'team' },
  });
  await run();
  expect(said.filter((line) => line.startsWith('node node-1 is not ready'))).toHaveLength(1);
});

it('purges where no record is left, and goes on where a node does not take it', async () => {
  const nodeInfo = { operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.1.9' };
  for (const name of ['node-1', 'node-2']) {
    const status = { nodeInfo, conditions: [{ type: 'Ready', status: 'True' }] };
    client.put(resource.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, status });
  }
  const ended = run(undefined, { ...options, purge: true });
  await clock.advance(1000);
  const jobs = client.writes.filter((write) => write.startsWith('create Job enbi/purge-'));
  expect(jobs).toHaveLength(2);
  const states = [
    {
      containerStatuses: [
        { name: 'remove', state: { terminated: { exitCode: 0, message: '{"ok":true,"filesRemoved":3}' } } },
      ],
    },
    { conditions: [{ type: 'PodScheduled', status: 'False', message: 'too many pods' }] },
  ];
  for (const [at, write] of jobs.entries()) {
    const name = write.split('/')[1] ?? '';
    const job = rawOf(await client.get(resource.jobs, { namespace: 'enbi', name }));
    const uid = rawOf(job.metadata).uid;
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }];
    const metadata = { namespace: 'enbi', name: `${name}-pod`, labels, ownerReferences };
    const spec = { containers: [{ name: 'remove' }] };
    client.put(resource.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec,
      status: { phase: 'Pending', ...states[at] },
    });
  }
  await clock.advance(1000);
  for (const pod of jobs)
    await client.delete(resource.pods, { namespace: 'enbi', name: `${pod.split('/')[1]}-pod` }, {});
  await clock.advance(1000);
  expect(await ended).toBe(true);
  expect(said).toContainEqual(expect.stringMatching(/^node node-2 does not run the removal .*too many pods/));
  expect(said.at(-1)).toMatch(/people made, and what is below \/var\/lib\/enbi on node-2$/);
});

it('gives up in the end, and says on what', async () => {
  client.put(resource.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'enbi', name: 'stays', labels: { 'app.kubernetes.io/name': 'enbi' } },
  });
  const ended = run();
  for (let second = 0; second <= 60; second++) await clock.advance(1000);
  expect(await ended).toBe(false);
  expect(said.at(-1)).toMatch(/gave up after 60 s while waiting until the controller ends: enbi\/stays/);
});
