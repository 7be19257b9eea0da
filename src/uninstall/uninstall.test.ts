import { beforeEach, expect, it } from 'vitest';
import { apiVersion, label, manager } from '../api/labels.ts';
import { rawOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
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

const run = (signal = new AbortController().signal, given = options) =>
  uninstall({ client, clock, say: (line) => said.push(line), options: given, timeoutMs: 60_000 }, signal);

it('removes what enbi made and nothing else', async () => {
  client.put(deployments, { ...deployments, metadata: { namespace: 'enbi', name: 'enbi-controller' } });
  client.put(resource.jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace: 'team', name: 'build', labels },
  });
  client.put(resource.jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'team', name: 'theirs' } });
  client.put(resource.claims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace: 'team', name: 'claim', labels },
  });
  client.put(resource.volumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'volume', labels } });
  client.put(resource.stores, {
    apiVersion,
    kind: 'NixStore',
    metadata: { name: 'store' },
    spec: { node: 'node-1', tenant: 'team' },
  });
  client.put(resource.builds, {
    apiVersion,
    kind: 'NixBuild',
    metadata: { namespace: 'team', name: 'for-a-pod', labels },
    spec,
  });
  client.put(resource.builds, { apiVersion, kind: 'NixBuild', metadata: { namespace: 'team', name: 'by-hand' }, spec });

  expect(await run()).toBe(true);
  expect(client.writes).toEqual([
    'delete Deployment enbi/enbi-controller',
    'delete Job team/build',
    'delete PersistentVolumeClaim team/claim',
    'delete PersistentVolume volume',
    'delete NixBuild team/for-a-pod',
    'delete NixStore store',
  ]);
  expect(said.at(-1)).toMatch(/nothing of enbi is left/);
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
