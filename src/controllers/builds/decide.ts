import type { BuildPhase } from '../../api/nix-build.ts';
import { isGoing } from '../../cluster-view/road.ts';
import { type Plan, settled } from '../../runtime/plan.ts';
import { failureGoesOn, failureWasAnswered, nobodyWaitsForNext, waitWasAnswered } from './another-attempt.ts';
import { builderIsLost, builderIsNotTold } from './builder-lost.ts';
import {
  buildEnded,
  buildFetchFailed,
  buildJobIsMissing,
  buildJobIsUnrecorded,
  buildJobWasChanged,
  buildJobWasDeleted,
  buildRuns,
  versionIsUnrecorded,
} from './building.ts';
import { cancelCameTooLate, cancelledJobsAreLeft, cancelWasAsked, nextIsCancelled } from './cancelled.ts';
import {
  imageVanished,
  jobsAreLeft,
  kubeletAccepts,
  kubeletRefuses,
  otherNodeWaits,
  waitsToBeWoken,
} from './finished.ts';
import { buildIsGoing } from './going.ts';
import { historyIsOver } from './history.ts';
import { importEnded, importIsUnrecorded, importRuns } from './importing.ts';
import { untilLogGoes } from './kept-log.ts';
import { nameBecameOthers, nameIsOthers } from './name-taken.ts';
import { imageIsThere, nobodyMissesIt, nobodyMissesItYet } from './needless.ts';
import { nodeIsGone, nodeIsNoneForBuilds, nodeIsSilent } from './node-lost.ts';
import type { SeenBuild } from './observe.ts';
import { olderJobsAreLeft, olderJobsAreLeftOfRetry, oldJobsRun } from './older-jobs.ts';
import { buildIsPastDeadline, importIsPastDeadline } from './past-deadline.ts';
import {
  namespaceIsCrowded,
  nobodyWaits,
  noNodeFits,
  othersComeFirst,
  placeIsGiven,
  placeIsUnknown,
  resultIsInStore,
  retryIsDue,
  retryIsNotDue,
  specIsInvalid,
  storeIsMissing,
  storeIsNotReady,
  storeIsReady,
  storesAreTooMany,
} from './pending.ts';
import { buildPodIsRefused, importPodIsRefused, sandboxIsRefused } from './pod-refused.ts';
import { writeWasRefused } from './refused.ts';
import { keptJobsAreInTheWay } from './room-for-jobs.ts';
import type { BuildSettings } from './settings.ts';
import type { Rule } from './situation.ts';
import { isSuperseded } from './superseded.ts';
import { namespaceIsUnknown, storeIsOfAnother } from './tenancy.ts';

/**
 *             spec wrong ─────────────────────────────────────────────────────► Failed
 *   Pending: wait for a place ► store ready ► create Job ► Building ► Importing ► Succeeded ► remove Jobs
 *      ▲         │ the result is in the store of the node             ▲      │          │ image vanished, or Pods wait
 *      │         └────────────────────────────────────────────────────┘      │          │ on a node that lacks it
 *      ├◄────────────────────────────────────────────────────────────────────┼──────────┘
 *      ├◄─── wait, next attempt ◄── infrastructure ◄── Building, Importing ◄─┘
 *      ├◄─── wait, next attempt ◄── held up: store, Secret, Pod that does not start ◄── Pending, Building, Importing
 *      └◄─── retry annotation, new Pod, later and later ◄── Failed ◄── the user's fault, or tried often enough
 *   Pending, store ready ► a builder waits that does ► Building by that ► it ended meanwhile, or another build has it ► create Job
 *   Building ► sandboxed Pod refused ► Building, without sandbox, in another Job
 *   Pending, Building, Importing ► no Pod asks for it, and Pods have its image made of something else ► delete it
 *   in any phase but Succeeded, made ahead, and the image was there after all ► delete it
 *   in any phase, being deleted ► remove Jobs
 *   Importing ► the agent of the node is told by its list (work-on-node.ts), and answers
 *   Succeeded ► the build Job stays for its log, for a while, unless it is in anything's way ► remove it
 * In each phase the first rule that matches wins; decide.test.ts pins the order. The phase itself is what somebody may have written
 * into the status: whatever keeps one tenant from another is asked in every phase that makes a Job.
 */
export const rules: Readonly<Record<BuildPhase, readonly Rule[]>> = {
  Pending: [
    cancelWasAsked,
    keptJobsAreInTheWay,
    writeWasRefused,
    isSuperseded,
    imageIsThere,
    oldJobsRun,
    specIsInvalid,
    nameIsOthers,
    olderJobsAreLeftOfRetry,
    waitWasAnswered,
    nobodyMissesItYet,
    retryIsNotDue,
    retryIsDue,
    noNodeFits,
    nobodyWaits,
    othersComeFirst,
    namespaceIsCrowded,
    resultIsInStore,
    placeIsGiven,
    placeIsUnknown,
    nodeIsGone,
    nodeIsSilent,
    nodeIsNoneForBuilds,
    namespaceIsUnknown,
    storesAreTooMany,
    storeIsMissing,
    storeIsOfAnother,
    storeIsNotReady,
    storeIsReady,
  ],
  Building: [
    cancelWasAsked,
    keptJobsAreInTheWay,
    builderIsNotTold,
    writeWasRefused,
    isSuperseded,
    imageIsThere,
    oldJobsRun,
    specIsInvalid,
    builderIsLost,
    nodeIsNoneForBuilds,
    buildJobIsMissing,
    buildJobWasDeleted,
    buildJobWasChanged,
    buildJobIsUnrecorded,
    sandboxIsRefused,
    buildFetchFailed,
    versionIsUnrecorded,
    buildEnded,
    buildIsPastDeadline,
    nodeIsGone,
    nodeIsSilent,
    buildPodIsRefused,
    buildRuns,
  ],
  Importing: [
    cancelWasAsked,
    writeWasRefused,
    isSuperseded,
    imageIsThere,
    oldJobsRun,
    specIsInvalid,
    nodeIsNoneForBuilds,
    importEnded,
    nobodyMissesIt,
    nameBecameOthers,
    importIsUnrecorded,
    importIsPastDeadline,
    nodeIsGone,
    nodeIsSilent,
    importPodIsRefused,
    importRuns,
  ],
  Succeeded: [
    cancelCameTooLate,
    writeWasRefused,
    jobsAreLeft,
    imageVanished,
    otherNodeWaits,
    kubeletAccepts,
    kubeletRefuses,
    waitsToBeWoken,
    historyIsOver,
  ],
  Failed: [
    nextIsCancelled,
    cancelCameTooLate,
    writeWasRefused,
    imageIsThere,
    oldJobsRun,
    olderJobsAreLeft,
    failureWasAnswered,
    nobodyWaitsForNext,
    failureGoesOn,
    historyIsOver,
  ],
  Cancelled: [cancelCameTooLate, writeWasRefused, cancelledJobsAreLeft, failureWasAnswered, historyIsOver],
};

/** Total: a situation that no rule matches needs nothing. */
export function decideBuild(seen: SeenBuild, now: Date, settings: BuildSettings): Plan {
  const situation = { ...seen, now, settings };
  for (const rule of isGoing(seen.build)
    ? [writeWasRefused, buildIsGoing]
    : rules[seen.build.status.status ?? 'Pending']) {
    const plan = rule(situation);
    if (plan !== undefined) return untilLogGoes(plan, situation);
  }
  return untilLogGoes(settled('NothingToDo'), situation);
}
