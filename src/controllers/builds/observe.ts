import { label } from '../../api/labels.ts';
import type { OrderReport } from '../../api/order-report.ts';
import { agentName, agentNodeOf, agentVersion } from '../../cluster-view/agent.ts';
import { containerAtWork } from '../../cluster-view/at-work.ts';
import { jobKey, workKey } from '../../cluster-view/belonging.ts';
import { scopedKey } from '../../cluster-view/indexes.ts';
import { mayRun } from '../../cluster-view/may-run.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { JobView, NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { podOfJob } from '../../cluster-view/pod-of-job.ts';
import { lacksPod, startsSlowly } from '../../cluster-view/pod-trouble.ts';
import { isActive } from '../../cluster-view/road.ts';
import { answerIn } from '../../mailbox/last-word.ts';
import { agentContainer, type OrderReports } from '../../mailbox/order-reports.ts';
import type { Reports } from '../../mailbox/reports.ts';
import { type Observed, splitKey } from '../../runtime/kube-object.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import type { Admission } from './admission.ts';
import type { BuildStores } from './build-stores.ts';
import { idleBuildersOf } from './idle-builders.ts';
import { isInUse } from './in-use.ts';
import { jobsOf } from './jobs-of.ts';
import { keptJobsOf } from './kept-jobs.ts';
import type { NameClaims } from './name-claims.ts';
import { orderId } from './names.ts';
import { buildJobAndPod, observeJob } from './observe-job.ts';
import { type PlaceInHistory, placeInHistory } from './place-in-history.ts';
import type { Place } from './places.ts';
import { type JobAndPod, noJob, type SeenBuilder, type SeenJob, type Troubles, troubleOf } from './seen-job.ts';
import type { BuildSettings } from './settings.ts';
import { storesOf } from './store-of.ts';
import { successorOf } from './successor.ts';
import { waitingPodsOf } from './waiting-pods.ts';

/** What keeps a Pod from starting, or a Job from getting one; empty: nothing that anybody tells. Undefined when it cannot be read now. */
export type ReadTrouble = (podOrJob: Observed) => Promise<string | undefined>;

/** The agent that does the import of the current attempt, or is to. */
export interface SeenAgent extends SeenJob {
  /** Its Job's name, whether it is there or not; undefined: there is no node that has one. */
  readonly name: string | undefined;
  /** What it said last of this import. */
  readonly answer: OrderReport | undefined;
  /** Of what enbi asked for the agent, what the API server refused. */
  readonly refusals: readonly Refusal[];
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
  readonly builder: SeenBuilder;
  readonly agent: SeenAgent;
  /** All Jobs that work for this NixBuild, of any attempt. */
  readonly jobs: readonly JobView[];
  /** Those of them of which something may still run. */
  readonly runningJobs: readonly JobView[];
  /** Build Jobs of successes of the namespace, of whichever of its builds, the newest first; none where nothing depends on them. */
  readonly keptJobs: readonly JobView[];
  /** Builders of its namespace that have nothing to do, the newest first; none where nothing depends on them. */
  readonly idleBuilders: readonly JobView[];
  /** Undefined while the build is more than a record. */
  readonly history: PlaceInHistory | undefined;
  /** What Pods have its image made of by now, where none asks for this one any more. */
  readonly successor: NixBuild | undefined;
  /** Pods of the build's system that ask for it and wait for its image. */
  readonly waiting: readonly PodView[];
  /** It was made ahead, and a Pod that asks for it has begun with an image of its name. */
  readonly isInUse: boolean;
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
  readonly orderReports: Pick<OrderReports, 'of'>;
  /** What was refused to the agents of a node. */
  readonly agentRefusals: (node: string) => readonly Refusal[];
  /** What was refused to whoever tells a builder, by its Job's `namespace/name`. */
  readonly builderRefusals: (job: string) => readonly Refusal[];
  readonly settings: BuildSettings;
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
  const found = storesOf(build, namespace, stores);
  return {
    build,
    namespace,
    lacking: lackingNodes(build, waiting, stores),
    node: buildNode === undefined ? undefined : stores.nodes.get(buildNode),
    ...found,
    scopedStores: stores.stores.by('scoped', scopedKey(buildNode ?? '', splitKey(key).namespace)).length,
    ...observeJob(build, observation, troubles),
    agent: observeAgent(build, observation, troubles),
    jobs,
    runningJobs: jobs.filter((job) => mayRun(job, stores.jobPods.by('job', jobKey(job)))),
    keptJobs: mayDependOnKept(build, jobs, observation) ? keptJobsOf(splitKey(key).namespace, stores) : [],
    idleBuilders: mayTakeOne(build, observation) ? idleBuildersOf(splitKey(key).namespace, stores) : [],
    history: placeInHistory(build, stores),
    waiting,
    isInUse: isInUse(build, stores.pods),
    successor: successorOf(build, stores),
    place: admission.place(key),
    refusals: observation.refusals,
    nameIsTaken: names.isTaken(build),
  };
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

/** It is about to build, or waits for room that they may have. */
function mayTakeOne(build: NixBuild, observation: Pick<Observation, 'refusals'>): boolean {
  const isOnItsWay = isActive(build) && build.status.status !== 'Importing';
  return isOnItsWay || mayDependOnKept(build, [], observation);
}

function lackingNodes(build: NixBuild, waiting: readonly PodView[], { nodes }: BuildStores): readonly NodeView[] {
  const names = new Set(waiting.map(({ nodeName = '' }) => nodeName));
  return [...names]
    .filter((name) => build.status.nodes?.includes(name) !== true)
    .map((name) => nodes.get(name))
    .filter((node) => node !== undefined);
}

function observeAgent(build: NixBuild, observation: Observation, troubles: Troubles): SeenAgent {
  const { orderReports, agentRefusals } = observation;
  const { name, job, pod } = agentAndPod(build, observation);
  const id = orderId(build);
  const heard = pod === undefined ? undefined : orderReports.of(pod, id);
  const said = heard?.progress === undefined ? [] : [[agentContainer, { progress: heard.progress }] as const];
  return {
    name,
    job,
    pod,
    said: new Map(said),
    trouble: troubleOf({ job, pod }, troubles),
    answer: answerIn(pod, id) ?? heard,
    refusals: agentRefusals(build.status.buildNode ?? ''),
  };
}

function doesNothing(pod: PodView): boolean {
  return containerAtWork(pod)?.running !== true;
}

async function readTroubles(build: NixBuild, observation: Observation): Promise<Troubles> {
  const { stores, readTrouble, now } = observation;
  const troubles = new Map<string, string | undefined>();
  // The kubelet of a node that is away says nothing new.
  if (stores.nodes.get(build.status.buildNode ?? '')?.ready !== true) return troubles;
  for (const { job, pod } of [buildJobAndPod(build, stores), agentAndPod(build, observation)]) {
    const isStuck =
      pod === undefined ? job !== undefined && lacksPod(job, now) : doesNothing(pod) && startsSlowly(pod, now);
    const stuck = isStuck ? (pod ?? job) : undefined;
    if (stuck !== undefined) troubles.set(stuck.metadata.uid, await readTrouble(stuck));
  }
  return troubles;
}

/**
 * The one that is to do it. Another enbi's goes on with what stands in its list, which nobody writes any more: what was noted for it and
 * never came to be listed is for the one of this enbi. One that has ended counts if its last word is the answer.
 */
function agentAndPod(build: NixBuild, observation: Observation): JobAndPod & Pick<SeenAgent, 'name'> {
  const { stores, settings } = observation;
  const { buildNode = '', importJobName = '' } = build.status;
  const node = stores.nodes.get(buildNode);
  if (node === undefined) return { name: undefined, ...noJob };
  const current = agentName(node, agentVersion(settings));
  const told = agentNamed(importJobName, build, observation);
  const id = orderId(build);
  const goesOn = told.job?.ended === false && told.pod?.orders?.ids.includes(id) === true;
  if (goesOn || answerIn(told.pod, id) !== undefined) return { name: importJobName, ...told };
  return { name: current, ...agentNamed(current, build, observation) };
}

function agentNamed(name: string, { status }: NixBuild, { stores, enbiNamespace }: Observation): JobAndPod {
  const job = stores.jobs.get(`${enbiNamespace}/${name}`);
  const isOfNode = job !== undefined && agentNodeOf(job, enbiNamespace) === status.buildNode;
  return isOfNode ? { job, pod: podOfJob(job, stores.jobPods) } : noJob;
}
