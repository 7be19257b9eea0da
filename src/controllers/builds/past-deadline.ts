import { isPastDeadline } from '../../cluster-view/deadline.ts';
import { failure, podRefused, timedOut } from '../../cluster-view/outcome.ts';
import { buildSeconds } from './build-job.ts';
import { stageFailed } from './failing.ts';
import { importSeconds } from './import-order.ts';
import { importSince } from './recorded-import.ts';
import type { Rule } from './situation.ts';

/** The Job goes when the end of the attempt has been seen (older-jobs.ts). */
export const buildIsPastDeadline: Rule = (situation) => {
  const { build, buildJob, settings, now } = situation;
  const { job, trouble } = buildJob;
  const deadline = { seconds: buildSeconds(settings), since: build.status.stageTimes?.buildStarted };
  if (job === undefined || !isPastDeadline(job, deadline, now)) return undefined;
  return stageFailed(situation, 'Build', job.hadPods ? timedOut : podRefused(job.metadata, trouble));
};

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
