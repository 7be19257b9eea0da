import { ceilings } from '../../api/ceilings.ts';
import { label } from '../../api/labels.ts';
import { isReporting, type Said } from '../../api/report.ts';
import { containerAtWork } from '../../cluster-view/at-work.ts';
import { isBuildJobOf, isImportJobOf, jobKey, workKey } from '../../cluster-view/belonging.ts';
import { scopedKey } from '../../cluster-view/indexes.ts';
import { mayRun } from '../../cluster-view/may-run.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { JobView, NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { lacksPod, startsSlowly } from '../../cluster-view/pod-trouble.ts';
import type { Reports } from '../../mailbox/reports.ts';
import { type Observed, splitKey } from '../../runtime/kube-object.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import type { Admission } from './admission.ts';
import { jobsOf } from './jobs-of.ts';
import { keptJobsOf } from './kept-jobs.ts';
import type { NameClaims } from './name-claims.ts';
import { jobName, orderId } from './names.ts';
import { type PlaceInHistory, placeInHistory } from './place-in-history.ts';
import type { Place } from './places.ts';
import { pinOf, type SeenPin } from './seen-pin.ts';
import { storesOf } from './store-of.ts';
import { successorOf } from './successor.ts';
import { waitingPodsOf } from './waiting-pods.ts';

export interface BuildStores {
  readonly builds: ObjectStore<NixBuild, 'image' | 'name' | 'store' | 'node' | 'history' | 'road' | 'warm'>;
  readonly stores: ObjectStore<NixStore, 'scoped'>;
  readonly nodes: ObjectStore<NodeView>;
  readonly namespaces: ObjectStore<NamespaceView>;
  readonly jobs: ObjectStore<JobView, 'build' | 'tenant'>;
  /** Pods that ask for images. */
  readonly pods: ObjectStore<PodView, 'image' | 'asks'>;
  /** Pods of enbi's own Jobs. */
  readonly jobPods: ObjectStore<PodView, 'job'>;
}

/** What keeps a Pod from starting, or a Job from getting one; empty: nothing that anybody tells. Undefined when it cannot be read now. */
export type ReadTrouble = (podOrJob: Observed) => Promise<string | undefined>;

const kinds = ['build', 'import'] as const;
type Kind = (typeof kinds)[number];

/** A Job of the current attempt and its Pod, each if it is there. */
export interface SeenJob {
  readonly job: JobView | undefined;
  readonly pod: PodView | undefined;
  /** What containers that run have said so far, by name; nothing of one that cannot be read now. */
  readonly said: ReadonlyMap<string, Said>;
  /** What keeps the Pod from starting, or from being made; empty: nothing, or it is too early to ask. Undefined: it cannot be read now. */
  readonly trouble: string | undefined;
}

/** Everything a decision about one NixBuild needs. */
export interface SeenBuild {
  readonly build: NixBuild;
  readonly namespace: NamespaceView | undefined;
  /** Where it may be built now; undefined unless it asks for a node. */
  readonly place: Place | undefined;
  /** Nodes on which Pods wait for the image and which do not have it. */
  readonly lacking: readonly NodeView[];
  /** The name belongs to somebody else by now. */
  readonly nameIsTaken: boolean;
  /** The node and store of the current attempt. */
  readonly node: NodeView | undefined;
  readonly store: NixStore | undefined;
  /** What stands under that store's name and is another's. */
  readonly foreignStore: NixStore | undefined;
  /** How many stores its namespace has there that are for one repository each. */
  readonly scopedStores: number;
  readonly buildJob: SeenJob;
  readonly importJob: SeenJob;
  /** All Jobs that work for this NixBuild, of any attempt. */
  readonly jobs: readonly JobView[];
  /** Those of them that have imported, and hold the pin of the image or are about to. */
  readonly pins: readonly SeenPin[];
  /** Import Jobs of all NixBuilds of the namespace that go on, or hold a pin. */
  readonly importsOfNamespace: number;
  /** Those that have ended, but for the newest: what failed is kept to be looked at, and a tenant may let thousands fail. */
  readonly outdatedImports: readonly JobView[];
  /** Those of them of which something may still run, but for a pin that is held. */
  readonly runningJobs: readonly JobView[];
  /** Build Jobs of successes of the namespace, of whichever of its builds, the newest first; none where nothing depends on them. */
  readonly keptJobs: readonly JobView[];
  /** Undefined while the build is more than a record. */
  readonly history: PlaceInHistory | undefined;
  /** What Pods have its image made of by now, where none asks for this one any more. */
  readonly successor: NixBuild | undefined;
  /** Pods of the build's system that ask for it and wait for its image. */
  readonly waiting: readonly PodView[];
  /** What enbi asked for and the API server refused, until it is tried again. */
  readonly refusals: readonly Refusal[];
}

/** Jobs left over by a NixBuild that is gone: those in enbi's namespace, which no owner reference can reach. Not of one that is left out. */
export function orphanedJobs(key: string, stores: BuildStores, enbiNamespace: string): readonly JobView[] {
  return stores.jobs.by('build', workKey(enbiNamespace, key)).filter(({ metadata: { labels = {} } }) => {
    return stores.builds.room?.isLeftOut({ key, uid: labels[label.buildUid] ?? '' }) !== true;
  });
}

/** What there is to read, and by which rules. */
export interface Observation {
  readonly stores: BuildStores;
  readonly admission: Admission;
  readonly names: Pick<NameClaims, 'isTaken'>;
  readonly enbiNamespace: string;
  readonly reports: Pick<Reports, 'of'>;
  readonly readTrouble: ReadTrouble;
  readonly refusals: readonly Refusal[];
  readonly now: Date;
}

/** Complaints are read first: all the rest is of one moment, so that no part of it is older than what enbi has written since. */
export async function observeBuild(key: string, observation: Observation): Promise<SeenBuild | undefined> {
  const before = observation.stores.builds.get(key);
  if (before === undefined) return undefined;
  const troubles = await readTroubles(before, observation);
  const { stores, admission, names } = observation;
  const build = stores.builds.get(key);
  if (build === undefined) return undefined;
  const { buildNode } = build.status;
  const namespace = stores.namespaces.get(splitKey(key).namespace);
  const waiting = waitingPodsOf(build, stores);
  const jobs = jobsOf(build, stores.jobs, observation.enbiNamespace);
  return {
    build,
    namespace,
    lacking: lackingNodes(build, waiting, stores),
    node: buildNode === undefined ? undefined : stores.nodes.get(buildNode),
    ...storesOf(build, namespace, stores),
    scopedStores: stores.stores.by('scoped', scopedKey(buildNode ?? '', splitKey(key).namespace)).length,
    buildJob: observeJob(build, 'build', observation, troubles),
    importJob: observeJob(build, 'import', observation, troubles),
    jobs,
    ...runningAndPinning(build, jobs, stores),
    keptJobs: mayDependOnKept(build, jobs, observation) ? keptJobsOf(splitKey(key).namespace, stores) : [],
    ...importsOf(splitKey(key).namespace, observation),
    history: placeInHistory(build, stores),
    waiting,
    successor: successorOf(build, stores),
    place: admission.place(key),
    refusals: observation.refusals,
    nameIsTaken: names.isTaken(build),
  };
}

function runningAndPinning(build: NixBuild, jobs: readonly JobView[], { jobPods }: BuildStores) {
  const podsOf = (job: JobView) => jobPods.by('job', jobKey(job));
  const pins = jobs.map((job) => pinOf(job, podsOf(job), build)).filter((pin) => pin !== undefined);
  const isHeld = ({ metadata }: JobView) => pins.some(({ job }) => job === metadata.uid);
  return { pins, runningJobs: jobs.filter((job) => !isHeld(job) && mayRun(job, podsOf(job))) };
}

/** They are looked for among all Jobs of the namespace, which for a mere record would be for nothing. */
function mayDependOnKept(
  { status }: NixBuild,
  jobs: readonly JobView[],
  { refusals }: Pick<Observation, 'refusals'>,
): boolean {
  const { status: phase = 'Pending', failure } = status;
  if (phase === 'Succeeded') return jobs.length > 0;
  return phase === 'Building' || (phase === 'Pending' && (failure !== undefined || refusals.length > 0));
}

function importsOf(namespace: string, { stores, enbiNamespace }: Observation) {
  const imports = stores.jobs.by('tenant', workKey(enbiNamespace, namespace));
  const ended = imports.filter((job) => job.ended && job.metadata.deletionTimestamp === undefined);
  return {
    importsOfNamespace: imports.filter((job) => !job.ended).length,
    outdatedImports: ended.toSorted(newestFirst).slice(ceilings.keptImports.value),
  };
}

function lackingNodes(build: NixBuild, waiting: readonly PodView[], { nodes }: BuildStores): readonly NodeView[] {
  const names = new Set(waiting.map(({ nodeName = '' }) => nodeName));
  return [...names]
    .filter((name) => build.status.nodes?.includes(name) !== true)
    .map((name) => nodes.get(name))
    .filter((node) => node !== undefined);
}

function observeJob(build: NixBuild, kind: Kind, observation: Observation, troubles: Troubles): SeenJob {
  const { job, pod } = jobAndPod(build, kind, observation);
  const { uid = '' } = (pod ?? job)?.metadata ?? {};
  const said = pod === undefined ? new Map<string, Said>() : saidIn(pod, build, observation.reports);
  return { job, pod, said, trouble: troubles.has(uid) ? troubles.get(uid) : '' };
}

/** One container after the other: nothing comes of those behind one that has not reported. */
function saidIn(pod: PodView, build: NixBuild, reports: Pick<Reports, 'of'>): ReadonlyMap<string, Said> {
  const heard = new Map<string, Said>();
  for (const { name, running } of pod.containers) {
    if (!running || !isReporting(name)) continue;
    const said = ofOrder(orderId(build), reports.of(pod, name));
    if (said !== undefined) heard.set(name, said);
    if (said?.report === undefined) break;
  }
  return heard;
}

function ofOrder(order: string, said: Said | undefined): Said | undefined {
  if (said?.report === undefined || said.report.order === order) return said;
  const { report: _, ...rest } = said;
  return rest;
}

function doesNothing(pod: PodView): boolean {
  return containerAtWork(pod)?.running !== true;
}

/** By the uid of the Pod, or of the Job that has none. */
type Troubles = ReadonlyMap<string, string | undefined>;

async function readTroubles(build: NixBuild, observation: Observation): Promise<Troubles> {
  const { stores, readTrouble, now } = observation;
  const troubles = new Map<string, string | undefined>();
  // The kubelet of a node that is away says nothing new.
  if (stores.nodes.get(build.status.buildNode ?? '')?.ready !== true) return troubles;
  for (const kind of kinds) {
    const { job, pod } = jobAndPod(build, kind, observation);
    const isStuck =
      pod === undefined ? job !== undefined && lacksPod(job, now) : doesNothing(pod) && startsSlowly(pod, now);
    const stuck = isStuck ? (pod ?? job) : undefined;
    if (stuck !== undefined) troubles.set(stuck.metadata.uid, await readTrouble(stuck));
  }
  return troubles;
}

function jobAndPod(build: NixBuild, kind: Kind, { stores, enbiNamespace }: Observation): Pick<SeenJob, 'job' | 'pod'> {
  const namespace = kind === 'build' ? (build.metadata.namespace ?? '') : enbiNamespace;
  const job = stores.jobs.get(`${namespace}/${jobName(build, kind)}`);
  const isOurs =
    job !== undefined && (kind === 'build' ? isBuildJobOf(job, build) : isImportJobOf(job, build, namespace));
  if (!isOurs) return { job: undefined, pod: undefined };
  return { job, pod: stores.jobPods.by('job', jobKey(job)).toSorted(newestFirst)[0] };
}

function newestFirst(a: Observed, b: Observed): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}
