import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { type Cluster, up } from '../cluster/cluster.ts';
import { createKubeClient } from '../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../src/adapters/kubernetes/kubeconfig.ts';
import { label, manager, ordersAnnotation, podAnnotation } from '../src/api/labels.ts';
import { orderReportText } from '../src/api/order-report.ts';
import { nameDigest } from '../src/cluster-view/name-digest.ts';
import { fingerprint, label63, storeName } from '../src/cluster-view/names.ts';
import { projectNixBuild } from '../src/cluster-view/objects.ts';
import { resource } from '../src/cluster-view/resources.ts';
import { nixBuildFor } from '../src/controllers/pods/nix-build.ts';
import { metadataOf } from '../src/runtime/identity.ts';
import type { KubeClient } from '../src/runtime/kube-client.ts';
import { ControllerProcess } from './support/controller-process.ts';
import { NixBuild } from './support/objects.ts';
import { checkout } from './support/source-files.ts';

// The enbi before this one had an import Job for each image, which held its pin as well. They are there when this one takes over, in
// whatever state; so is what that enbi wrote into status. This one runs with its own rights, under its own policies.
const node = 'node-1';
const outPath = `/nix/store/${'a'.repeat(32)}-image.tar`;
const names = ['runs', 'ended', 'loaded', 'pinned', 'failed'] as const;
type Name = (typeof names)[number];

let cluster: Cluster;
let client: KubeClient & Disposable;
let controller: ControllerProcess;
const uids = new Map<string, string>();

const imageOf = (name: string) => `git.example/team/${name}:1`;
const wishFor = (name: string) =>
  nixBuildFor(
    'team',
    { image: imageOf(name), flakeUrl: `git+https://git.example/${name}`, packageName: 'default' },
    'x86_64-linux',
  );
const nameOf = (name: string) => wishFor(name).metadata.name;
const uidOf = (name: string) => uids.get(name) ?? `uid-${name}`;

beforeAll(async () => {
  cluster = await up({ name: 'upgrade-test', nodes: 0, report: () => undefined });
  client = createKubeClient(await loadKubeconfig(cluster.kubeconfig), { userAgent: 'enbi-test' });
  await cluster.kubectl(['apply', '--server-side', '--kustomize', join(checkout, 'deploy')]);
  await cluster.kubectl(['create', 'namespace', 'team']);
  await aNode(node);
  await aStore();
  await aWaitingPod('pinned');
  const now = new Date().toISOString();
  const importing = { status: 'Importing', outPath, outFormat: 'archive', stageTimes: { importStarted: now } };
  const loaded = {
    status: 'Succeeded',
    outPath,
    nodes: [node],
    stageTimes: { importFinished: now },
    completionTime: now,
  };
  const failure = { reason: 'InvalidArchive', stage: 'Import', message: 'no', attempt: 1, time: now };
  const done = {
    conditions: [
      { type: 'Complete', status: 'True' },
      { type: 'SuccessCriteriaMet', status: 'True' },
    ],
  };
  await aBuild('runs', importing, { active: 1 });
  await aBuild('ended', importing, done);
  await aBuild('loaded', loaded, done);
  await aBuild('pinned', loaded, { active: 1 }, true);
  await aBuild('failed', { status: 'Failed', failure, stageTimes: { importStarted: now } }, {});
  await importJobOf('gone', {});
  controller = await ControllerProcess.start(
    'new',
    await kubeconfigOfController(),
    '--leader-elect=false',
    '--image=enbi.hrzn.ee/enbi:0.1.0',
  );
});
afterAll(async () => {
  await controller?.[Symbol.asyncDispose]();
  client[Symbol.dispose]();
  await cluster.down();
  await rm(kubeconfigFile(), { force: true });
});

const Kubeconfig = z.looseObject({ users: z.array(z.looseObject({ user: z.record(z.string(), z.unknown()) })) });
const kubeconfigFile = () => `${cluster.kubeconfig}.controller`;

/** What its role and the policies of deploy/ let it do. */
async function kubeconfigOfController(): Promise<string> {
  const config = Kubeconfig.parse(parse(await readFile(cluster.kubeconfig, 'utf8')));
  for (const { user } of config.users) user['as'] = 'system:serviceaccount:enbi:enbi-controller';
  await writeFile(kubeconfigFile(), stringify(config), { mode: 0o600 });
  return kubeconfigFile();
}

async function aNode(name: string): Promise<void> {
  await client.create(resource.nodes, undefined, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  // The API server has it wait for a controller that is not there.
  await client.patch(resource.nodes, { name }, { spec: { taints: null } });
  const time = new Date().toISOString();
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: time, lastHeartbeatTime: time }];
  const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.4.2' };
  const others = {
    bootID: '',
    kernelVersion: '',
    kubeProxyVersion: '',
    kubeletVersion: '',
    machineID: '',
    osImage: '',
    systemUUID: '',
  };
  await client.patch(
    resource.nodes,
    { name },
    { status: { conditions, nodeInfo: { ...nodeInfo, ...others } } },
    { subresource: 'status' },
  );
}

async function aStore(): Promise<void> {
  const team = await client.get(resource.namespaces, { name: 'team' });
  const [name, tenantUid] = [storeName(node, 'team'), String(metadataOf(team)['uid'])];
  const store = {
    apiVersion: 'enbi.hrzn.ee/v1alpha1',
    kind: 'NixStore',
    metadata: { name },
    spec: { node, tenant: 'team', tenantUid },
  };
  await client.create(resource.stores, undefined, store);
  const imageNames = names.map((each) => nameDigest(imageOf(each)));
  await client.patch(resource.stores, { name }, { status: { imageNames } }, { subresource: 'status' });
}

async function aWaitingPod(name: string): Promise<void> {
  const annotations = { [podAnnotation.flakeUrl]: `git+https://git.example/${name}` };
  const spec = { nodeName: node, containers: [{ name: 'web', image: imageOf(name) }] };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${name}`, namespace: 'team', annotations },
    spec,
  };
  await client.create(resource.pods, 'team', pod);
  const state = { waiting: { reason: 'ErrImagePull' } };
  const containerStatuses = [{ name: 'web', image: '', imageID: '', ready: false, restartCount: 0, state }];
  await statusOf({ name: `web-${name}`, namespace: 'team' }, { phase: 'Pending', containerStatuses });
}

async function statusOf(pod: { name: string; namespace: string }, status: object): Promise<void> {
  await client.patch(resource.pods, pod, { status }, { subresource: 'status' });
}

async function aBuild(name: Name, status: object, jobStatus: object, holdsPin = false): Promise<void> {
  const made = projectNixBuild(await client.create(resource.builds, 'team', wishFor(name)));
  uids.set(name, made.metadata.uid);
  const importJobName = await importJobOf(name, jobStatus, holdsPin);
  const all = { buildNode: node, storeName: storeName(node, 'team'), attempts: 1, importJobName, ...status };
  await client.patch(resource.builds, made.metadata, { status: all }, { subresource: 'status' });
}

/** As the enbi before made it, in what anybody looks at. */
async function importJobOf(name: string, status: object, holdsPin = false): Promise<string> {
  const job = `${label63(nameOf(name), 36)}-${fingerprint(uidOf(name))}-import-1`;
  const labels = { [label.managedBy]: manager, [label.component]: 'import', [label.buildUid]: uidOf(name) };
  const annotations = { [label.buildNamespace]: 'team', [label.buildName]: nameOf(name) };
  const step = (each: string) => ({ name: each, image: 'enbi.hrzn.ee/enbi:0.0.9', args: [each] });
  const containers = holdsPin
    ? { initContainers: [step('import')], containers: [step('pin')] }
    : { containers: [step('import')] };
  const template = { metadata: { labels, annotations }, spec: { restartPolicy: 'Never', ...containers } };
  const metadata = { name: job, namespace: 'enbi', labels, annotations };
  await client.create(resource.jobs, 'enbi', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: { backoffLimit: 0, activeDeadlineSeconds: 1800, template },
  });
  const startTime = new Date().toISOString();
  const ended = 'conditions' in status ? { completionTime: startTime, succeeded: 1, uncountedTerminatedPods: {} } : {};
  await client.patch(
    resource.jobs,
    { name: job, namespace: 'enbi' },
    { status: { startTime, ...ended, ...status } },
    { subresource: 'status' },
  );
  return job;
}

const Jobs = z.object({
  items: z.array(
    z.object({
      metadata: z.looseObject({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      spec: z.looseObject({ template: z.looseObject({}) }),
    }),
  ),
});

async function jobs() {
  return Jobs.parse(JSON.parse(await cluster.kubectl(['--namespace=enbi', 'get', 'jobs', '-o', 'json']))).items;
}

const importJobs = async () =>
  (await jobs())
    .filter(({ metadata }) => metadata.labels[label.component] === 'import')
    .map(({ metadata }) => metadata.name);
const agents = async () => (await jobs()).filter(({ metadata }) => metadata.labels[label.component] === 'agent');

async function build(name: Name) {
  return NixBuild.parse(
    JSON.parse(await cluster.kubectl(['--namespace=team', 'get', 'nixbuild', nameOf(name), '-o', 'json'])),
  );
}

let pods = 0;

/** As the Job's controller and a kubelet would. */
async function podOfAgent(): Promise<{ name: string; namespace: string }> {
  await expect.poll(async () => (await agents()).length).toBe(1);
  const [job] = await agents();
  if (job === undefined) throw new Error('no agent');
  const { name, uid } = job.metadata;
  const pod = { name: `${name}-${++pods}`, namespace: 'enbi' };
  const template = job.spec.template as { metadata: object; spec: object };
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }];
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, ...pod, ownerReferences },
    spec: { ...template.spec, nodeName: node },
  };
  await client.create(resource.pods, 'enbi', manifest);
  await statusOf(pod, {
    phase: 'Running',
    containerStatuses: [agentIs({ running: { startedAt: new Date().toISOString() } })],
  });
  return pod;
}

const agentIs = (state: object) => ({ name: 'agent', image: '', imageID: '', ready: true, restartCount: 0, state });

async function listOf({ name }: { name: string }): Promise<{ id: string; pin?: { by: string } }[]> {
  const path = `jsonpath={.metadata.annotations.${ordersAnnotation.replaceAll('.', '\\.')}}`;
  const text = await cluster.kubectl(['--namespace=enbi', 'get', 'pod', name, '-o', path]);
  return text === '' ? [] : (JSON.parse(text) as { orders: { id: string; pin?: { by: string } }[] }).orders;
}

test('what one with import Jobs has left is stopped, or forgotten, by one with agents', async () => {
  // The answer of what has ended is not read any more: it goes with the next one.
  const left = `${label63(nameOf('ended'), 36)}-${fingerprint(uidOf('ended'))}-import-1`;
  await expect.poll(importJobs).toEqual([left]);
  for (const name of ['runs', 'ended'] as const)
    await expect.poll(async () => (await build(name)).status.importJobName).toMatch(/^enbi-agent-/);
  expect((await build('loaded')).status).toMatchObject({ status: 'Succeeded', nodes: [node] });
  expect((await build('failed')).status).toMatchObject({ status: 'Failed', failure: { reason: 'InvalidArchive' } });
});

test('what had not come to an end is imported by an agent, and what Pods wait for stays pinned', async () => {
  for (const name of ['runs', 'ended'] as const) {
    const pod = await podOfAgent();
    const id = `${uidOf(name)}-1`;
    await expect.poll(async () => (await listOf(pod)).map((order) => order.id)).toContain(id);
    // Under the name that the Job before had: it is the same pin.
    const pinned = `${label63(nameOf('pinned'), 36)}-${fingerprint(uidOf('pinned'))}-import-1`;
    expect((await listOf(pod)).flatMap(({ pin }) => pin?.by ?? [])).toEqual([pinned]);
    const result = {
      ok: true as const,
      imageDigest: `sha256:${'0'.repeat(64)}`,
      imageSize: 1,
      layers: 1,
      layersSent: 1,
      bytesSent: 1,
    };
    const message = orderReportText({ order: id, state: 'done', result });
    const finishedAt = new Date().toISOString();
    const ended = agentIs({
      terminated: { exitCode: 0, reason: 'Completed', message, startedAt: finishedAt, finishedAt },
    });
    await statusOf(pod, { phase: 'Succeeded', containerStatuses: [ended] });
    await expect.poll(async () => (await build(name)).status.status).toBe('Succeeded');
  }
  await expect.poll(importJobs).toEqual([]);
});

const refusedOf = ({ output }: ControllerProcess) =>
  output.split('\n').filter((line) => /API server refuses|is forbidden|denied request/.test(line));

test('nothing that it asked for was refused', () => {
  expect(refusedOf(controller)).toEqual([]);
});

test('there is an agent on each node where that is set', async () => {
  await controller[Symbol.asyncDispose]();
  await aNode('node-2');
  const flags = ['--leader-elect=false', '--image=enbi.hrzn.ee/enbi:0.1.0', '--agent-idle=always'];
  controller = await ControllerProcess.start('always', kubeconfigFile(), ...flags);
  const nodes = async () =>
    (await agents())
      .map(({ metadata }) => metadata.annotations[label.agentNode] ?? '')
      .toSorted((a, b) => a.localeCompare(b));
  await expect.poll(nodes).toEqual(['node-1', 'node-2']);
  expect(refusedOf(controller)).toEqual([]);
});
