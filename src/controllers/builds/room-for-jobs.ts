import { deleteJob } from './finished.ts';
import type { Rule, Situation } from './situation.ts';

/** A quota of the namespace may count Jobs, or Pods whether they have ended or not: what builds goes before what is only to be read. */
export const keptJobsAreInTheWay: Rule = (situation) => {
  const { keptJobs, refusals } = situation;
  const isRefused = refusals.some(({ verb }) => verb === 'delete');
  if (keptJobs.length === 0 || isRefused || !isShortOfRoom(situation)) return undefined;
  // They are other builds' Jobs: nothing else has this one looked at again.
  return { because: 'KeptJobsAreInTheWay', actions: keptJobs.map(deleteJob), recheckAfterMs: 0 };
};

function isShortOfRoom({ build, buildJob, refusals }: Situation): boolean {
  const { metadata, status } = build;
  const isJobRefused = refusals.some(
    ({ verb, ref }) => verb === 'create' && ref.kind === 'Job' && ref.namespace === metadata.namespace,
  );
  const isPodRefused = buildJob.job !== undefined && buildJob.pod === undefined && (buildJob.trouble ?? '') !== '';
  const waits = status.failure?.reason;
  return isJobRefused || isPodRefused || waits === 'RefusedByCluster' || waits === 'PodRefused';
}
