import { label } from '../api/labels.ts';
import { RemoveResult, type RemoveSuccess } from '../api/result.ts';
import { fingerprint, label63 } from '../cluster-view/names.ts';
import type { NodeView } from '../cluster-view/node.ts';
import type { JobView } from '../cluster-view/objects.ts';
import { outcomeOf } from '../cluster-view/outcome.ts';
import { removeJob } from '../cluster-view/remove-job.ts';
import { stuckReason } from '../cluster-view/stuck.ts';
import { type Rule, reachable, type Situation, type UninstallOptions } from './situation.ts';

/** While its NixStore is there, a node's disk is still to be purged: the record goes only after the directories. */
export const storesAreToBePurged: Rule = (situation) => {
  const { options, jobs } = situation;
  const nodes = options.purge ? nodesToPurge(situation) : [];
  const missing = nodes.filter((node) => !jobs.some((job) => job.metadata.name === purgeJobName(node, options)));
  if (missing.length === 0) return undefined;
  const actions = missing.map((node) => ({ type: 'create', manifest: purgeJob(node, options) }) as const);
  return { say: `removing /var/lib/enbi from ${missing.map(({ metadata }) => metadata.name).join(', ')}`, actions };
};

export const storesAreBeingPurged: Rule = (situation) => {
  const running = purges(situation).filter(({ outcome }) => outcome.state === 'running');
  const [first] = running;
  if (first === undefined) return undefined;
  const names = running.map(({ node }) => node.metadata.name).join(', ');
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

/** Named in the end: what is on their disks stays there. */
export function unreachable({ stores, nodes }: Situation): readonly string[] {
  const ready = new Set(nodes.filter((node) => node.ready).map(({ metadata }) => metadata.name));
  return [...new Set(stores.map(({ spec }) => spec.node))].filter((name) => !ready.has(name));
}

function nodesToPurge(situation: Situation): readonly NodeView[] {
  const withStores = new Set(situation.stores.map(({ spec }) => spec.node));
  return reachable(situation).filter(({ metadata }) => withStores.has(metadata.name));
}

function purges(situation: Situation) {
  const { jobs, jobPods, options } = situation;
  const jobOf = (node: NodeView): JobView | undefined =>
    jobs.find(({ metadata }) => metadata.name === purgeJobName(node, options));
  return nodesToPurge(situation).flatMap((node) => {
    const job = jobOf(node);
    if (job === undefined) return [];
    const pod = jobPods.find(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid));
    const outcome = outcomeOf<RemoveSuccess>({ job, pod }, 'remove', RemoveResult);
    const why = stuckReason(pod);
    return [{ node, outcome, stuck: why === undefined ? '' : ` (${why})` }];
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
