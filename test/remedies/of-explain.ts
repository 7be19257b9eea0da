import { readFileSync } from 'node:fs';
import { apiVersion, label, manager } from '../../src/api/labels.ts';
import { type Reason, reasons } from '../../src/api/reasons.ts';
import { resource } from '../../src/cluster-view/resources.ts';
import { jobName } from '../../src/controllers/builds/names.ts';
import { afterCorrection } from '../../src/plugin/explain/after-correction.ts';
import { runTrouble } from '../../src/plugin/explain/run-trouble.ts';
import { MemoryCluster, putController, runInMemory } from '../../src/plugin/memory-plugin.ts';
import { aBuild, someSettings } from '../support/builders.ts';
import { checkout } from '../support/source-files.ts';
import { image, names, type Printed, sentence } from './printed.ts';

/** The flags that whoever asks has given: commands lead to the same place. */
const flags = ['--namespace', names.namespace];
const context = { flags: `${flags.join(' ')} `, self: `kubectl enbi ${flags.join(' ')}` };
export const reasonsPage = readFileSync(`${checkout}/docs/reference/reasons.md`, 'utf8');
const options = { embedded: { reasonsPage }, settingsFrom: () => someSettings() };

/** All that `explain` says of every reason, and of what keeps a Pod from running besides. */
export async function printedByExplain(flakeUrl: string): Promise<readonly Printed[]> {
  const asked = reasons.flatMap((reason) =>
    [`nb/${names.build}`, 'pod/web-1'].map((object) => reasonOf(aCluster(statusOf(reason), flakeUrl), object)),
  );
  return [
    ...(await Promise.all(asked)),
    ...besides(),
    await logOf(aCluster({ status: 'Succeeded', attempts: 1, logKeptUntil: '2999-01-01T00:00:00Z' }, flakeUrl)),
    await reasonOf(aCluster({ status: 'Pending' }, flakeUrl, 0), `nb/${names.build}`),
    ...(await refusals()),
  ];
}

interface Told {
  readonly meaning?: string;
  readonly remedy?: string;
  readonly commands?: readonly string[];
}

async function reasonOf(cluster: MemoryCluster, object: string): Promise<Printed> {
  const { out } = await runInMemory(['explain', object, ...flags, '--output', 'json'], { ...options, cluster });
  return printed((JSON.parse(out) as { reason?: Told }).reason);
}

/** Of a success whose build Job is there yet. */
async function logOf(cluster: MemoryCluster): Promise<Printed> {
  const { namespace, build } = names;
  const metadata = { name: build, namespace, uid: 'u' };
  cluster.put(resource.jobs, {
    metadata: {
      name: jobName({ ...aBuild({ status: { attempts: 1 } }), metadata: { ...metadata, resourceVersion: '1' } }),
      namespace,
      uid: 'j',
      labels: { [label.managedBy]: manager, [label.buildUid]: 'u' },
      annotations: { [label.buildNamespace]: namespace, [label.buildName]: build },
      ownerReferences: [{ apiVersion, kind: 'NixBuild', name: build, uid: 'u', controller: true }],
    },
    status: { conditions: [{ type: 'Complete', status: 'True' }] },
  });
  const { out } = await runInMemory(['explain', `nb/${build}`, ...flags, '--output', 'json'], { ...options, cluster });
  const { facts } = JSON.parse(out) as { facts: readonly (readonly [string, string])[] };
  const [, text] = facts.find(([what]) => what === 'log') ?? [];
  if (text === undefined) throw new Error('explain says nothing of a log that can be read');
  return { text, commands: [text.replace(/^.*: (?=kubectl)/, '')] };
}

function printed({ meaning = '', remedy = '', commands = [] }: Told = {}): Printed {
  return { text: `${meaning}\n${remedy}`, commands };
}

export function specOf(flakeUrl: string) {
  return { flakeUrl, packageName: 'default', system: 'x86_64-linux', imageTag: image };
}

/** As a status names all that a remedy may speak of. */
export function statusOf(reason: Reason, status = 'Failed'): object {
  const place = { buildNode: names.node, storeName: names.store, buildJobName: names.job };
  return { status, attempts: 1, ...place, failure: { stage: 'Build', reason, message: 'it failed' } };
}

/** A Pod that waits for the image of a NixBuild of this status. */
function aCluster(status: object, flakeUrl: string, available = 1): MemoryCluster {
  const cluster = new MemoryCluster();
  putController(cluster, available);
  const { namespace } = names;
  cluster.put(resource.pods, {
    metadata: { name: names.pod, namespace, uid: 'p', annotations: { 'enbi.hrzn.ee/nixbuild-flakeUrl': flakeUrl } },
    spec: { nodeName: names.node, containers: [{ name: 'web', image }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }] },
  });
  const metadata = { name: names.build, namespace, uid: 'u' };
  cluster.put(resource.builds, { metadata, spec: specOf(flakeUrl), status });
  return cluster;
}

/** What is no reason of enbi's. */
function besides(): readonly Printed[] {
  const { pod } = names;
  const status = (container: object) => ({ containerStatuses: [{ name: 'web', image, ...container }] });
  const raw = (container: object) => ({ metadata: { name: pod }, status: status(container) });
  const ended = (exitCode: number, reason: string) => ({ terminated: { exitCode, reason } });
  const runs = [
    raw({ state: { waiting: { reason: 'CreateContainerConfigError' } } }),
    raw({ state: { waiting: { reason: 'CreateContainerError' } } }),
    raw({ state: ended(3, 'Error') }),
    raw({ state: ended(127, 'StartError') }),
    raw({ state: ended(137, 'OOMKilled') }),
    raw({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(3, 'Error'), restartCount: 6 }),
  ].map((trouble) => runTrouble(trouble, context as never));
  return [...runs, ...corrections()].map((told) => printed(told));
}

function corrections() {
  const { pod } = names;
  const reason = { name: 'FlakeNotFound', message: 'no such tag' };
  const old = { metadata: { name: pod, labels: { 'controller-revision-hash': 'a' } } };
  const stateful = { kind: 'StatefulSet', name: 'web', raw: { spec: {}, status: { updateRevision: 'b' } } };
  return [
    [old, stateful] as const,
    [old, { ...stateful, raw: {} }] as const,
    [old, { kind: 'Job', name: 'report-1', raw: {} }] as const,
  ].map(([raw, maker]) => afterCorrection(reason, { pod: raw, maker }, context as never));
}

/** What is said of something that has no Pod, or no NixBuild. */
async function refusals(): Promise<readonly Printed[]> {
  const cluster = new MemoryCluster();
  const template = { metadata: { annotations: { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'github:a/b' } } };
  const metadata = { name: 'report', namespace: names.namespace, uid: 'c' };
  const cronJobs = { ...resource.jobs, kind: 'CronJob', plural: 'cronjobs' };
  const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
  cluster.put(cronJobs, { metadata, spec: { schedule: '0 5 * * *', jobTemplate: { spec: { template } } } });
  cluster.put(deployments, { metadata, spec: { selector: { matchLabels: { app: 'report' } }, template } });
  cluster.put(resource.pods, {
    metadata: { name: names.pod, namespace: names.namespace, uid: 'p', ...template.metadata },
    spec: { containers: [{ name: 'web', image }] },
  });
  const said = [
    ['explain', 'cronjob/report'],
    ['explain', 'deployment/report'],
    ['retry', `pod/${names.pod}`],
  ].map((args) => runInMemory([...args, ...flags], { ...options, cluster }));
  return (await Promise.all(said)).map(({ err }) => sentence(err));
}
