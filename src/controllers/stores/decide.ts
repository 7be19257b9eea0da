import { mergeConditions, type Verdict } from '../../api/conditions.ts';
import type { NixStoreStatus } from '../../api/nix-store.ts';
import { paths } from '../../api/order.ts';
import type { Reason } from '../../api/reasons.ts';
import { PrepareResult, type PrepareSuccess } from '../../api/result.ts';
import { claimName } from '../../cluster-view/names.ts';
import { outcomeOf } from '../../cluster-view/outcome.ts';
import { sameJson } from '../../cluster-view/same-json.ts';
import { stuckReason } from '../../cluster-view/stuck.ts';
import { type Plan, type StatusPatch, settled } from '../../runtime/plan.ts';
import { humanBytes } from './bytes.ts';
import type { SeenStore } from './observe.ts';
import { storeRef } from './owner.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreSettings } from './settings.ts';
import { claimOf, volumeOf } from './volume.ts';

interface Situation extends SeenStore {
  readonly now: Date;
  readonly settings: StoreSettings;
}

type Rule = (situation: Situation) => Plan | undefined;

const retryMs = 60_000;

/** One message for steps that take milliseconds each: every new message is a write here and on each NixBuild that waits. */
const makingVolume = 'making its volume and claim';

/**
 *   directories (Job in enbi's namespace) ► PersistentVolume ► Available ► claim in the tenant's namespace ► Bound: ready
 * Volume first, claim after. A claim that somebody deleted leaves its volume Released: both are made anew over the same directory.
 */
export const rules: readonly Rule[] = [
  nodeIsAway,
  tenantIsAway,
  directoriesAreMissing,
  directoriesFailed,
  directoriesAreBeingMade,
  directoriesAreMade,
  volumeIsMissing,
  volumeIsReleased,
  volumeIsNotAvailable,
  claimIsMissing,
  claimIsNotBound,
  prepareJobIsLeft,
  storeIsReady,
];

export function decideStore(seen: SeenStore, now: Date, settings: StoreSettings): Plan {
  if (seen.store.metadata.deletionTimestamp !== undefined) return settled('StoreIsGoing');
  const situation = { ...seen, now, settings };
  for (const rule of rules) {
    const plan = rule(situation);
    if (plan !== undefined) return plan;
  }
  return settled('NothingToDo');
}

function nodeIsAway(situation: Situation): Plan | undefined {
  if (situation.node !== undefined) return undefined;
  return notReady(situation, 'NodeGone', `node ${situation.store.spec.node} is not in the cluster`);
}

function tenantIsAway(situation: Situation): Plan | undefined {
  const { namespace, store } = situation;
  if (namespace !== undefined && namespace.metadata.deletionTimestamp === undefined) return undefined;
  return notReady(situation, 'WaitingForVolume', `namespace ${store.spec.tenant} does not exist or is being deleted`);
}

function directoriesAreMissing(situation: Situation): Plan | undefined {
  const { store, prepareJob: job, settings } = situation;
  if (store.status.prepared === true || job !== undefined) return undefined;
  const plan = notReady(situation, 'PreparingDirectories', `making ${pathOf(situation)}`);
  return {
    ...plan,
    because: 'DirectoriesMissing',
    actions: [{ type: 'create', manifest: prepareJob(store, settings) }],
  };
}

function outcome({ prepareJob: job, preparePod: pod }: Situation) {
  return outcomeOf<PrepareSuccess>({ job, pod }, 'prepare', PrepareResult);
}

/** The failed Job stays for a minute to be looked at, then it is removed, which begins another try. */
function directoriesFailed(situation: Situation): Plan | undefined {
  const ended = outcome(situation);
  if (situation.store.status.prepared === true || ended.state !== 'done' || ended.result.ok) return undefined;
  const { message } = ended.result;
  const plan = notReady(situation, 'StorePreparationFailed', message);
  const finished = Date.parse(situation.preparePod?.containers[0]?.terminated?.finishedAt ?? '') || 0;
  const again = situation.now.getTime() >= finished + retryMs;
  return again ? { ...plan, actions: [deletePrepareJob(situation)] } : { ...plan, recheckAfterMs: retryMs };
}

function directoriesAreBeingMade(situation: Situation): Plan | undefined {
  if (situation.store.status.prepared === true || outcome(situation).state === 'done') return undefined;
  return notReady(
    situation,
    'PreparingDirectories',
    stuckReason(situation.preparePod) ?? `making ${pathOf(situation)}`,
  );
}

function directoriesAreMade(situation: Situation): Plan | undefined {
  const ended = outcome(situation);
  if (situation.store.status.prepared === true || ended.state !== 'done' || !ended.result.ok) return undefined;
  const { storeSizeBytes, storeFreeBytes } = ended.result;
  const change = { prepared: true, path: pathOf(situation), ...figures(storeSizeBytes, storeFreeBytes) };
  return { ...notReady(situation, 'WaitingForVolume', makingVolume, change), because: 'DirectoriesMade' };
}

function volumeIsMissing(situation: Situation): Plan | undefined {
  if (situation.volume !== undefined) return undefined;
  const plan = notReady(situation, 'WaitingForVolume', makingVolume);
  return { ...plan, actions: [{ type: 'create', manifest: volumeOf(situation.store) }] };
}

function volumeIsReleased(situation: Situation): Plan | undefined {
  const { volume } = situation;
  const released = volume?.phase === 'Released' || volume?.phase === 'Failed';
  if (volume === undefined || !released || volume.metadata.deletionTimestamp !== undefined) return undefined;
  const { name, uid } = volume.metadata;
  const plan = notReady(situation, 'WaitingForVolume', 'the claim was deleted; making the volume anew');
  return { ...plan, actions: [{ type: 'delete', ref: { apiVersion: 'v1', kind: 'PersistentVolume', name, uid } }] };
}

function volumeIsNotAvailable(situation: Situation): Plan | undefined {
  const phase = situation.volume?.phase;
  if (phase === 'Available' || phase === 'Bound') return undefined;
  return notReady(situation, 'WaitingForVolume', makingVolume);
}

function claimIsMissing(situation: Situation): Plan | undefined {
  if (situation.claim !== undefined) return undefined;
  const plan = notReady(situation, 'WaitingForVolume', makingVolume);
  return { ...plan, actions: [{ type: 'create', manifest: claimOf(situation.store) }] };
}

function claimIsNotBound(situation: Situation): Plan | undefined {
  const { claim, store } = situation;
  if (claim?.phase === 'Bound' && claim.volumeName === store.metadata.name) return undefined;
  return notReady(situation, 'WaitingForVolume', makingVolume);
}

function prepareJobIsLeft(situation: Situation): Plan | undefined {
  const { prepareJob: job } = situation;
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  return { because: 'PrepareJobIsLeft', actions: [deletePrepareJob(situation)] };
}

function storeIsReady(situation: Situation): Plan | undefined {
  const { store, builds } = situation;
  const usages = builds.map((build) => build.status.storeUsage).filter((usage) => usage !== undefined);
  const newest = usages.toSorted((a, b) => b.time.localeCompare(a.time))[0];
  const status = patch(
    situation,
    {
      ready: 'True',
      volumeName: store.metadata.name,
      claimName: claimName(store.metadata.name),
      ...(newest === undefined ? {} : figures(newest.sizeBytes, newest.freeBytes)),
    },
    [{ type: 'Ready', status: 'True', reason: 'StoreReady', message: `${pathOf(situation)} on ${store.spec.node}` }],
  );
  return { because: 'StoreReady', actions: [], ...(status === undefined ? {} : { status }) };
}

function deletePrepareJob({ prepareJob: job, settings }: Situation) {
  const { name = '', uid = '' } = job?.metadata ?? {};
  return {
    type: 'delete',
    ref: { apiVersion: 'batch/v1', kind: 'Job', namespace: settings.namespace, name, uid },
  } as const;
}

function pathOf({ store }: Situation): string {
  return `${paths.stores}/${store.spec.tenant}`;
}

function figures(sizeBytes: number, freeBytes: number): NixStoreStatus {
  return { sizeBytes, freeBytes, size: humanBytes(sizeBytes), free: humanBytes(freeBytes) };
}

function notReady(situation: Situation, reason: Reason, message: string, change: NixStoreStatus = {}): Plan {
  const status = patch(situation, { ready: 'False', ...change }, [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Reconciling', status: 'True', reason, message },
  ]);
  return { because: reason, actions: [], ...(status === undefined ? {} : { status }) };
}

/** Undefined when it would change nothing. */
function patch(
  { store, now }: Situation,
  change: NixStoreStatus,
  verdicts: readonly Verdict[],
): StatusPatch | undefined {
  const generation = store.metadata.generation ?? 0;
  const conditions = mergeConditions(store.status.conditions ?? [], verdicts, generation, now.toISOString());
  const status: NixStoreStatus = { ...change, observedGeneration: generation, conditions };
  const before: Readonly<Record<string, unknown>> = store.status;
  if (Object.entries(status).every(([field, value]) => sameJson(before[field], value))) return undefined;
  return { ref: storeRef(store), resourceVersion: store.metadata.resourceVersion, status };
}
