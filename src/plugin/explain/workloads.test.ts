import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { someSettings } from '../../../test/support/builders.ts';
import { resource } from '../../cluster-view/resources.ts';
import { MemoryCluster, putController, runInMemory } from '../memory-plugin.ts';
import { workloads } from '../workload.ts';

const reasonsPage = readFileSync(new URL('../../../docs/reference/reasons.md', import.meta.url), 'utf8');
const options = { embedded: { reasonsPage }, settingsFrom: () => someSettings() };
const image = 'git.example/demo/hello:1.0';
const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'git+https://git.example/hello?ref=refs/tags/{tag}' };
const spec = {
  flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: image,
};

interface Given {
  readonly kind: 'StatefulSet' | 'Job' | 'ReplicaSet' | 'DaemonSet';
  readonly reason?: string;
  readonly labels?: object;
  readonly pullPolicy?: string;
  readonly ready?: boolean;
  /** Of the workload. */
  readonly object?: object;
  readonly owner?: object;
}

const kinds = {
  StatefulSet: workloads['sts'],
  Job: workloads['job'],
  ReplicaSet: workloads['rs'],
  DaemonSet: workloads['ds'],
};

/** A Pod web-0 that a workload made, whose image cannot be built for this reason. */
function aCluster({ kind, reason, labels = {}, pullPolicy = 'IfNotPresent', ready = false, object, owner }: Given) {
  const cluster = new MemoryCluster();
  putController(cluster);
  const type = kinds[kind] ?? resource.jobs;
  const ownerReferences = owner === undefined ? [] : [owner];
  const { spec: given, ...others } = { spec: {}, ...object };
  const container = { name: 'web', image, imagePullPolicy: 'IfNotPresent' };
  cluster.put(type, {
    metadata: { name: 'web', namespace: 'team', uid: 'w', ownerReferences },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { annotations }, spec: { containers: [container] } },
      ...given,
    },
    ...others,
  });
  const state = ready ? { running: {} } : { waiting: { reason: 'ErrImagePull' } };
  cluster.put(resource.pods, {
    metadata: {
      name: 'web-0',
      namespace: 'team',
      uid: 'p',
      annotations,
      labels: { app: 'web', ...labels },
      ownerReferences: [{ apiVersion: type.apiVersion, kind, name: 'web', uid: 'w', controller: true }],
    },
    spec: { nodeName: 'node-1', containers: [{ ...container, imagePullPolicy: pullPolicy }] },
    status: {
      phase: ready ? 'Running' : 'Pending',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'web', ready, state }],
    },
  });
  const failure = { stage: 'Build', reason, message: 'it failed' };
  const status = reason === undefined ? {} : { status: 'Failed', attempts: 1, failure };
  cluster.put(resource.builds, { metadata: { name: 'hello', namespace: 'team', uid: 'u' }, spec, status });
  return cluster;
}

async function explained(given: Given, target = 'pod/web-0'): Promise<string> {
  const { code, out, err } = await runInMemory(['explain', target], { ...options, cluster: aCluster(given) });
  expect([code, err]).toEqual([0, '']);
  return out.replaceAll(/\s+/g, ' ');
}

describe('a Pod that keeps what it was made with', () => {
  const old = { 'controller-revision-hash': 'web-1' };
  const newer = { status: { updateRevision: 'web-2' } };
  const stuck = { kind: 'StatefulSet', labels: old, object: newer, reason: 'FlakeNotFound' } as const;
  const outdated =
    /reason PodOutdated: StatefulSet web has another template by now, .* what to do delete the Pod, .*: kubectl delete pod web-0 /;

  it.each<[string, Given, RegExp]>([
    ['of a StatefulSet with another template by now', stuck, outdated],
    ['whose NixBuild says what was wrong with the old one', stuck, /NixBuild team\/hello: Failed reason FlakeNotFound/],
    [
      'of a StatefulSet that is to be corrected',
      { kind: 'StatefulSet', reason: 'FlakeNotFound' },
      /After a correction of its template: kubectl delete pod web-0 /,
    ],
    ...(['SecretNotFound', 'FetchFailed', 'NetworkUnreachable'] as const).map((reason): [string, Given, RegExp] => [
      `of a StatefulSet whose template may name a wrong host or Secret (${reason})`,
      { kind: 'StatefulSet', reason },
      /After a correction of its template: kubectl delete pod web-0 /,
    ]),
    [
      'of a Job',
      { kind: 'Job', reason: 'NotAnImage' },
      /After a correction where it comes from: kubectl delete job web /,
    ],
    [
      'of a Job of a CronJob',
      { kind: 'Job', reason: 'NotAnImage', owner: { kind: 'CronJob', name: 'nightly', controller: true } },
      /made by Job web of CronJob nightly /,
    ],
  ])('%s', async (_, given, text) => {
    expect(await explained(given)).toMatch(text);
  });

  it.each<[string, Given]>([
    ['of a StatefulSet with this template', { ...stuck, object: { status: { updateRevision: 'web-1' } } }],
    ['that runs', { ...stuck, ready: true }],
    [
      'below the partition of a roll-out',
      { ...stuck, object: { ...newer, spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } } },
    ],
    ['of a DaemonSet, whose Pods go by themselves', { ...stuck, kind: 'DaemonSet' }],
  ])('is not one %s', async (_, given) => {
    expect(await explained(given)).not.toContain('PodOutdated');
  });

  it.each<[string, Given]>([
    ['where the failure is not of the template', { kind: 'StatefulSet', reason: 'DiskFull' }],
    ['of a Deployment', { kind: 'ReplicaSet', reason: 'FlakeNotFound' }],
  ])('needs nothing more %s', async (_, given) => {
    expect(await explained(given)).not.toContain('After a correction');
  });
});

describe('a pull policy that the template does not have', () => {
  const forced = { kind: 'ReplicaSet', reason: 'ImageNeverLocal', pullPolicy: 'Always' } as const;

  it('is set by the cluster', async () => {
    const out = await explained(forced);
    expect(out).toContain(
      'ImageNeverLocal: container web has imagePullPolicy Always, and its template says IfNotPresent: this cluster sets it',
    );
    expect(out).toContain('take AlwaysPullImages out of');
  });

  it('is not, where the template has it', async () => {
    const containers = [{ name: 'web', image, imagePullPolicy: 'Always' }];
    const out = await explained({
      ...forced,
      object: { spec: { template: { metadata: { annotations }, spec: { containers } } } },
    });
    expect(out).not.toContain('this cluster sets it');
  });
});

describe('a CronJob', () => {
  const cronJob = (cluster: MemoryCluster, given: object = {}, template: object = { annotations }) =>
    cluster.put(workloads['cj'] ?? resource.jobs, {
      metadata: { name: 'nightly', namespace: 'team', uid: 'c' },
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { metadata: template } } }, ...given },
    });
  const explain = (cluster: MemoryCluster) => runInMemory(['explain', 'cronjob/nightly'], { ...options, cluster });

  it('is explained by a Pod of its Jobs', async () => {
    const cluster = aCluster({ kind: 'Job', owner: { kind: 'CronJob', name: 'nightly', uid: 'c', controller: true } });
    cronJob(cluster);
    const { code, out } = await explain(cluster);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Pod team\/web-0: Pending\n/)]);
    expect(out).toContain('  of          CronJob nightly: this Pod\n');
  });

  it.each([
    ['another one', { owner: { kind: 'CronJob', name: 'nightly', uid: 'another', controller: true } }],
    ['nobody', {}],
  ])('is not explained by a Job of %s', async (_, given) => {
    const cluster = aCluster({ kind: 'Job', ...given });
    cronJob(cluster);
    expect((await explain(cluster)).code).toBe(2);
  });

  it.each([
    [
      {},
      'it has had no run of late (schedule 0 3 * * *); to run it once: kubectl --namespace team create job --from=cronjob/nightly nightly-now',
    ],
    [{ suspend: true }, 'it is suspended; to run it once'],
  ])('that has no Pods says how to run it: %j', async (given, text) => {
    const cluster = new MemoryCluster();
    cronJob(cluster, given);
    expect((await explain(cluster)).err).toContain(text);
  });

  it('that asks for nothing says where to ask', async () => {
    const cluster = new MemoryCluster();
    cronJob(cluster, {}, {});
    expect((await explain(cluster)).err).toContain(
      'write enbi.hrzn.ee/nixbuild-flakeUrl into spec.jobTemplate.spec.template.metadata.annotations',
    );
  });
});

it('of several Pods the one with most to say is explained, and of those the newest', async () => {
  const cluster = aCluster({ kind: 'Job' });
  const pod = (name: string, creationTimestamp: string, containerStatus: object) =>
    cluster.put(resource.pods, {
      metadata: { name, namespace: 'team', uid: name, annotations, labels: { app: 'web' }, creationTimestamp },
      spec: { nodeName: 'node-1', containers: [{ name: 'web', image }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'web', ...containerStatus }] },
    });
  const explain = async () => (await runInMemory(['explain', 'job/web'], { ...options, cluster })).out;
  pod('a-runs', '2026-11-23T12:00:02Z', { state: { running: {} } });
  pod('b-loops', '2026-11-23T12:00:01Z', { state: { waiting: { reason: 'CrashLoopBackOff' } } });
  pod('c-loops', '2026-11-23T12:00:03Z', { state: { waiting: { reason: 'CrashLoopBackOff' } } });
  expect(await explain()).toMatch(/^Pod team\/web-0: /);
  await cluster.delete(resource.pods, { namespace: 'team', name: 'web-0' }, {});
  expect(await explain()).toMatch(/^Pod team\/c-loops: /);
  expect(await explain()).toContain('Job web: 3 Pods, 0 wait for an image; this is one');
});

it('a Pod that asks for nothing says where the annotations of what made it belong, also in a CronJob', async () => {
  const cluster = new MemoryCluster();
  cluster.put(resource.pods, {
    metadata: { name: 'web-0', namespace: 'team', uid: 'p' },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image }] },
    status: { phase: 'Pending' },
  });
  const { code, err } = await runInMemory(['explain', 'pod/web-0'], { ...options, cluster });
  expect(code).toBe(2);
  expect(err).toMatch(/below spec\.template\.metadata, .* CronJob .* spec\.jobTemplate\.spec\.template\.metadata/);
});
