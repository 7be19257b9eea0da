import { deleteJob } from './finished.ts';
import type { SeenJob } from './seen-job.ts';
import type { Rule, Situation } from './situation.ts';

/** A Job's controller makes its Pod within a second, and tries less and less often what is refused. */
const lateMs = 5000;
/** Whoever keeps count of a quota sees by then that they are gone. */
const recountMs = 1000;

/**
 * A quota of the namespace may count Jobs, or Pods whether they have ended or not: what builds goes before what is only to be read, and before
 * builders that wait for something to do, without a word about what was in the way.
 */
export const keptJobsAreInTheWay: Rule = (situation) => {
  const { keptJobs, idleBuilders, refusals } = situation;
  const inTheWay = [...keptJobs, ...idleBuilders];
  const isRefused = refusals.some(({ verb }) => verb === 'delete');
  if (inTheWay.length === 0 || isRefused || !isShortOfRoom(situation)) return undefined;
  // They are other builds' Jobs: nothing else has this one looked at again.
  const actions = inTheWay.map(deleteJob);
  return { because: 'KeptJobsAreInTheWay', actions, givesUp: true, recheckAfterMs: recountMs };
};

function isShortOfRoom({ build, buildJob, refusals, now }: Situation): boolean {
  const { metadata, status } = build;
  const isJobRefused = refusals.some(
    ({ verb, ref }) => verb === 'create' && ref.kind === 'Job' && ref.namespace === metadata.namespace,
  );
  const waits = status.failure?.reason;
  return isJobRefused || isPodLate(buildJob, now) || waits === 'RefusedByCluster' || waits === 'PodRefused';
}

function isPodLate({ job, pod }: SeenJob, now: Date): boolean {
  if (job === undefined || pod !== undefined || job.hadPods) return false;
  return now.getTime() - Date.parse(job.metadata.creationTimestamp ?? '') >= lateMs;
}
