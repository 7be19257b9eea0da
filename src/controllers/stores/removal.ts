import { ceilings } from '../../api/ceilings.ts';
import type { Reason } from '../../api/reasons.ts';
import { RemoveResult, type RemoveSuccess } from '../../api/result.ts';
import { isPastDeadline } from '../../cluster-view/deadline.ts';
import type { NamespaceView, NixStore } from '../../cluster-view/objects.ts';
import { outcomeOf } from '../../cluster-view/outcome.ts';
import { removeJob, removeSeconds } from '../../cluster-view/remove-job.ts';
import { stuckReason } from '../../cluster-view/stuck.ts';
import type { Plan } from '../../runtime/plan.ts';
import { deleteJob } from './delete-job.ts';
import { failedJobGoes } from './failed-job.ts';
import { placeOf, storeMetadata, storeRef } from './owner.ts';
import { writeWasRefused } from './refused.ts';
import { removeJobName } from './remove-job-name.ts';
import type { Rule, Situation } from './situation.ts';
import { notReady, pathOf } from './status.ts';

/**
 * A namespace is gone: its store goes from the node, and then the record of it. One of the same name may be another team's,
 * and must find nothing; it has another uid, so this is seen although there is no moment without the name.
 */
export function tenantIsGone(situation: Situation): Plan | undefined {
  return isGone(situation) ? removeStore(situation) : undefined;
}

/** The directories by a Job, then the record. */
export function removeStore(situation: Situation): Plan {
  for (const rule of removalRules) {
    const plan = rule(situation);
    if (plan !== undefined) return plan;
  }
  return storeIsRemoved(situation);
}

const removalRules: readonly Rule[] = [
  prepareJobIsInTheWay,
  writeWasRefused,
  removalIsDue,
  removalFailed,
  removalTookTooLong,
  removalIsRunning,
];

function isGone({ namespace, store }: Situation): boolean {
  return namespace === undefined || isAnother(namespace, store);
}

function isAnother({ metadata }: NamespaceView, { spec }: NixStore): boolean {
  return spec.tenantUid !== undefined && spec.tenantUid !== metadata.uid;
}

/** It would make the directories that are being removed. */
function prepareJobIsInTheWay(situation: Situation): Plan | undefined {
  const { prepareJob } = situation;
  if (prepareJob === undefined) return undefined;
  const plan = notReady(situation, reasonOf(situation), 'waiting for the Job that prepares it to end');
  if (prepareJob.metadata.deletionTimestamp !== undefined) return plan;
  return { ...plan, actions: [deleteJob(prepareJob, situation)] };
}

function removalIsDue(situation: Situation): Plan | undefined {
  const { store, settings, removeJob: job } = situation;
  if (job !== undefined) return undefined;
  const manifest = removeJob({
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    metadata: storeMetadata(store, settings, removeJobName(store)),
    node: store.spec.node,
    order: placeOf(store),
  });
  return {
    ...notReady(situation, reasonOf(situation), removing(situation)),
    actions: [{ type: 'create', manifest, replaces: true }],
  };
}

function removalFailed(situation: Situation): Plan | undefined {
  const { removeJob: job, removePod: pod } = situation;
  const ended = outcome(situation);
  if (job === undefined || ended.state !== 'done' || ended.result.ok) return undefined;
  const plan = notReady(situation, 'StoreNotRemoved', ended.result.message);
  return { ...plan, ...failedJobGoes({ job, pod }, situation) };
}

function removalTookTooLong(situation: Situation): Plan | undefined {
  const { removeJob: job, now } = situation;
  if (job === undefined || outcome(situation).state === 'done') return undefined;
  if (!isPastDeadline(job, { seconds: removeSeconds }, now)) return undefined;
  const plan = notReady(situation, 'StoreNotRemoved', `Job ${job.metadata.name} did not end in time`);
  return { ...plan, actions: job.metadata.deletionTimestamp === undefined ? [deleteJob(job, situation)] : [] };
}

function removalIsRunning(situation: Situation): Plan | undefined {
  if (outcome(situation).state === 'done') return undefined;
  return notReady(situation, reasonOf(situation), stuckReason(situation.removePod) ?? removing(situation));
}

/** What it owned, this Job and the volume, goes with it. */
function storeIsRemoved({ store }: Situation): Plan {
  return { because: 'StoreRemoved', actions: [{ type: 'delete', ref: storeRef(store) }] };
}

function outcome({ removeJob: job, removePod: pod }: Situation) {
  return outcomeOf<RemoveSuccess>({ job, pod }, 'remove', RemoveResult);
}

function reasonOf(situation: Situation): Reason {
  return isGone(situation) ? 'TenantGone' : 'StoreMakesRoom';
}

function why(situation: Situation): string {
  return isGone(situation) ? `namespace ${situation.store.spec.tenant} is gone` : makingRoom(situation);
}

/** For another store of the same namespace. */
export function makingRoom({ store: { spec } }: Situation): string {
  const most = ceilings.storesOfNamespace.value;
  return `namespace ${spec.tenant} has ${most} stores for one repository each on ${spec.node}, and this one was used longest ago`;
}

function removing(situation: Situation): string {
  return `${why(situation)}: removing ${pathOf(situation)} from ${situation.store.spec.node}`;
}
