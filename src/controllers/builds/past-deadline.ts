import { isBuilder } from '../../cluster-view/belonging.ts';
import { isPastDeadline } from '../../cluster-view/deadline.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import { failure, podRefused, timedOut } from '../../cluster-view/outcome.ts';
import { buildSeconds } from './build-job.ts';
import { stageFailed } from './failing.ts';
import { importSeconds } from './import-order.ts';
import { importSince } from './recorded-import.ts';
import type { Rule, Situation } from './situation.ts';

/** The Job goes when the end of the attempt has been seen (older-jobs.ts). */
export const buildIsPastDeadline: Rule = (situation) => {
  const { build, buildJob, settings, now } = situation;
  const { job, trouble } = buildJob;
  const deadline = { seconds: buildSeconds(settings), since: build.status.stageTimes?.buildStarted };
  if (job === undefined || !isPastDeadline(asOld(job, situation), deadline, now)) return undefined;
  return stageFailed(situation, 'Build', job.hadPods ? timedOut : podRefused(job.metadata, trouble));
};

/** A builder is older than what it builds. A time to come is none that enbi wrote. */
function asOld(job: JobView, { build, now }: Situation): JobView {
  const { buildStarted = '' } = build.status.stageTimes ?? {};
  if (!isBuilder(job) || !(Date.parse(buildStarted) <= now.getTime() + slackSeconds * 1000)) return job;
  return { ...job, metadata: { ...job.metadata, creationTimestamp: buildStarted } };
}

/** Of however many agents. More than an agent itself gives it: it tells better why. */
export const importIsPastDeadline: Rule = (situation) => {
  const { build, agent, now } = situation;
  const { job, trouble } = agent;
  if (!(now.getTime() > importSince(build, now) + (importSeconds + slackSeconds) * 1000)) return undefined;
  const failed = job === undefined || job.hadPods ? importTimedOut : podRefused(job.metadata, trouble);
  return stageFailed(situation, 'Import', failed);
};

const slackSeconds = 60;

const importTimedOut = failure('BuildTimedOut', false, `the import was not done within ${importSeconds / 60} minutes`);
