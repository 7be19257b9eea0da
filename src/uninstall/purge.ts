import { label } from '../api/labels.ts';
import { RemoveResult, type RemoveSuccess } from '../api/result.ts';
import { isPodOf } from '../cluster-view/belonging.ts';
import { fingerprint, label63 } from '../cluster-view/names.ts';
import type { NodeView } from '../cluster-view/node.ts';
import { outcomeOf } from '../cluster-view/outcome.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { removeJob } from '../cluster-view/remove-job.ts';
import { stuckReason } from '../cluster-view/stuck.ts';
import { namesOf } from './objects.ts';
import { isOurOwn, type Rule, reachable, type Situation, type UninstallOptions } from './situation.ts';

/** Each is a Pod on a node of its own, which may have to pull enbi's image first. */
const atOnce = 20;

/** A record goes only after the directories, so an uninstallation that is begun again knows where it had been. */
export const storesAreToBePurged: Rule = (situation) => {
  const { options, jobs } = situation;
  const has = new Set(jobs.filter((job) => isOurOwn(job, options)).map(({ metadata }) => metadata.name));
  const missing = nodesToPurge(situation).filter((node) => !has.has(purgeJobName(node, options)));
  const running = purges(situation).filter(({ outcome }) => outcome.state === 'running').length;
  const next = missing.slice(0, Math.max(0, atOnce - running));
  if (next.length === 0) return undefined;
  const actions = next.map((node) => ({ type: 'create', manifest: purgeJob(node, options) }) as const);
  return { say: `removing /var/lib/enbi from ${namesOf(next)}`, actions };
};

export const storesAreBeingPurged: Rule = (situation) => {
  const running = purges(situation).filter(({ outcome }) => outcome.state === 'running');
  const [first] = running;
  if (first === undefined) return undefined;
  const names = namesOf(running.map(({ node }) => node));
  return { say: `waiting for the removal of /var/lib/enbi from ${names}${first.stuck}`, actions: [] };
};

export const purgeFailed: Rule = (situation) => {
  const failed = purges(situation).flatMap(({ node, outcome }) =>
    outcome.state === 'done' && !outcome.result.ok ? [`${node.metadata.name}: ${outcome.result.message}`] : [],
  );
  if (failed.length === 0) return undefined;
  const advice = 'Uninstall again, or without purge and remove the directories by hand.';
  return { say: `/var/lib/enbi was not removed from ${failed.join('; ')}. ${advice}`, actions: [], end: 'failed' };
};

/** Nodes on whose disk something is, or may be, and that cannot be reached: it stays there. */
export function unreachable(situation: Situation): readonly string[] {
  const { stores, nodes, options } = situation;
  const ready = new Set(reachable(situation).map(({ metadata }) => metadata.name));
  const all = options.purge ? nodes.filter(canHaveStores).map(({ metadata }) => metadata.name) : [];
  return [...new Set([...stores.map(({ spec }) => spec.node), ...all])].filter((name) => !ready.has(name));
}

/** Purges that have ended well, or that are given up: `why` they do not start on a node of which no record says that it has stores. */
export function endedPurges(situation: Situation): readonly { readonly node: string; readonly why?: string }[] {
  const recorded = new Set(situation.stores.map(({ spec }) => spec.node));
  return purges(situation).flatMap(({ node: { metadata }, outcome, pod, stuck }) => {
    if (outcome.state === 'done') return outcome.result.ok ? [{ node: metadata.name }] : [];
    return cannotStart(pod) && !recorded.has(metadata.name) ? [{ node: metadata.name, why: stuck }] : [];
  });
}

/** The scheduler has refused it, or its container waits for more than the first try of a pull. */
function cannotStart(pod: PodView | undefined): boolean {
  if (pod === undefined || stuckReason(pod) === undefined) return false;
  return pod.containers.every(({ waiting }) => waiting !== 'ErrImagePull');
}

/** All that can have stores: after an uninstallation without purge, no record says which have. */
function nodesToPurge(situation: Situation): readonly NodeView[] {
  const { options, stores, dealtWith } = situation;
  if (!options.purge) return [];
  const recorded = new Set(stores.map(({ spec }) => spec.node));
  return reachable(situation).filter(
    (node) => !dealtWith.has(node.metadata.name) && (recorded.has(node.metadata.name) || canHaveStores(node)),
  );
}

function canHaveStores({ os, runtime }: NodeView): boolean {
  return (os === '' || os === 'linux') && runtime.startsWith('containerd://');
}

function purges(situation: Situation) {
  const { jobs, jobPods, options } = situation;
  const own = jobs.filter(({ metadata }) => metadata.namespace === options.namespace);
  const byName = new Map(own.map((job) => [job.metadata.name, job]));
  return nodesToPurge(situation).flatMap((node) => {
    const job = byName.get(purgeJobName(node, options));
    if (job === undefined) return [];
    const pod = jobPods.find((each) => isPodOf(each, job));
    const outcome = outcomeOf<RemoveSuccess>({ job, pod }, 'remove', RemoveResult);
    const why = stuckReason(pod);
    return [{ node, outcome, pod, stuck: why === undefined ? '' : ` (${why})` }];
  });
}

function purgeJobName({ metadata }: NodeView, { instance }: UninstallOptions): string {
  return `purge-${label63(metadata.name, 40)}-${fingerprint(metadata.uid, instance)}`;
}

function purgeJob(node: NodeView, options: UninstallOptions) {
  const { namespace, image, pullPolicy, instance } = options;
  return removeJob({
    metadata: { namespace, name: purgeJobName(node, options), labels: { [label.uninstall]: instance } },
    node: node.metadata.name,
    order: { everything: true },
    image,
    pullPolicy,
  });
}
