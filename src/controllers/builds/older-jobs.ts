import { isActive } from '../../cluster-view/road.ts';
import { deleteJob } from './finished.ts';
import { endsByItselfMs } from './kept-log.ts';
import { jobName } from './names.ts';
import type { Rule } from './situation.ts';

/** An attempt failed: its Jobs stay to be looked at, those of the attempts before it do not. */
export const olderJobsAreLeft: Rule = ({ build, jobs }) => {
  const older = jobs.filter(
    ({ metadata }) => metadata.name !== jobName(build) && metadata.deletionTimestamp === undefined,
  );
  return older.length === 0 ? undefined : { because: 'OlderJobsAreLeft', actions: older.map(deleteJob) };
};

/** The same between two attempts: what waits for its turn has failed before. */
export const olderJobsAreLeftOfRetry: Rule = (situation) =>
  situation.build.status.nextAttemptTime === undefined ? undefined : olderJobsAreLeft(situation);

/**
 * Jobs of attempts that were given up and may still run, on a node that is away and comes back, or that came late: a build
 * never runs beside its own successor. Those that have ended stay, to be looked at.
 */
export const oldJobsRun: Rule = (situation) => {
  const { build, runningJobs } = situation;
  const current = isActive(build) ? jobName(build) : undefined;
  const old = runningJobs.filter(
    (job) =>
      job.metadata.deletionTimestamp === undefined &&
      job.metadata.name !== current &&
      endsByItselfMs(job, situation) === 0,
  );
  return old.length === 0 ? undefined : { because: 'OldJobsRun', actions: old.map(deleteJob) };
};
