import { storeLayout } from '../../api/order.ts';
import { PrepareResult, type PrepareSuccess } from '../../api/result.ts';
import { isPastDeadline } from '../../cluster-view/deadline.ts';
import type { NixStore } from '../../cluster-view/objects.ts';
import { outcomeOf } from '../../cluster-view/outcome.ts';
import { missingOwnImage } from '../../cluster-view/own-image.ts';
import { stuckReason } from '../../cluster-view/stuck.ts';
import type { Plan } from '../../runtime/plan.ts';
import { deleteJob } from './delete-job.ts';
import { failedJobGoes } from './failed-job.ts';
import { prepareJob, prepareSeconds } from './prepare-job.ts';
import type { Situation } from './situation.ts';
import { figures, notReady, pathOf } from './status.ts';
import { makingVolume } from './volumes.ts';

export function directoriesAreMissing(situation: Situation): Plan | undefined {
  const { store, prepareJob: job, settings } = situation;
  if (isPrepared(store) || job !== undefined) return undefined;
  const plan = notReady(situation, 'PreparingDirectories', `making ${pathOf(situation)}`);
  return {
    ...plan,
    because: 'DirectoriesMissing',
    actions: [{ type: 'create', manifest: prepareJob(store, settings), replaces: true }],
  };
}

export function directoriesFailed(situation: Situation): Plan | undefined {
  const { store, prepareJob: job } = situation;
  const ended = outcome(situation);
  if (isPrepared(store) || job === undefined || ended.state !== 'done' || ended.result.ok) return undefined;
  const { message } = ended.result;
  const plan = notReady(situation, 'StorePreparationFailed', message);
  return { ...plan, ...failedJobGoes({ job, pod: situation.preparePod }, situation) };
}

export function directoriesAreBeingMade(situation: Situation): Plan | undefined {
  if (isPrepared(situation.store) || outcome(situation).state === 'done') return undefined;
  const missing = missingOwnImage(situation.preparePod);
  if (missing !== undefined) return notReady(situation, 'EnbiImageMissing', missing);
  return notReady(
    situation,
    'PreparingDirectories',
    stuckReason(situation.preparePod) ?? `making ${pathOf(situation)}`,
  );
}

/** The Job's own deadline has had its chance: another try. */
export function directoriesTookTooLong(situation: Situation): Plan | undefined {
  const { store, prepareJob: job, now } = situation;
  if (isPrepared(store) || job === undefined) return undefined;
  if (!isPastDeadline(job, { seconds: prepareSeconds }, now)) return undefined;
  const plan = notReady(situation, 'StorePreparationFailed', `Job ${job.metadata.name} did not end in time`);
  return { ...plan, actions: job.metadata.deletionTimestamp === undefined ? [deleteJob(job, situation)] : [] };
}

export function directoriesAreMade(situation: Situation): Plan | undefined {
  const ended = outcome(situation);
  if (isPrepared(situation.store) || ended.state !== 'done' || !ended.result.ok) return undefined;
  const { storeSizeBytes, storeFreeBytes } = ended.result;
  const change = {
    prepared: true,
    layout: storeLayout,
    path: pathOf(situation),
    ...figures(storeSizeBytes, storeFreeBytes),
  };
  return { ...notReady(situation, 'WaitingForVolume', makingVolume, change), because: 'DirectoriesMade' };
}

export function prepareJobIsLeft(situation: Situation): Plan | undefined {
  const { prepareJob: job } = situation;
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  return { because: 'PrepareJobIsLeft', actions: [deleteJob(job, situation)] };
}

function isPrepared({ status }: NixStore): boolean {
  return status.prepared === true && status.layout === storeLayout;
}

function outcome({ prepareJob: job, preparePod: pod }: Situation) {
  return outcomeOf<PrepareSuccess>({ job, pod }, 'prepare', PrepareResult);
}
