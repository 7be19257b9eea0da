import { isPastDeadline } from '../../cluster-view/deadline.ts';
import { podRefused, timedOut } from '../../cluster-view/outcome.ts';
import { buildSeconds } from './build-job.ts';
import { stageFailed } from './failing.ts';
import { importSeconds } from './import-job.ts';
import type { Rule } from './situation.ts';

/** The Job goes when the end of the attempt has been seen (older-jobs.ts). */
export const buildIsPastDeadline: Rule = (situation) => {
  const { build, buildJob, settings, now } = situation;
  const { job, trouble } = buildJob;
  const deadline = { seconds: buildSeconds(settings), since: build.status.stageTimes?.buildStarted };
  if (job === undefined || !isPastDeadline(job, deadline, now)) return undefined;
  return stageFailed(situation, 'Build', job.hadPods ? timedOut : podRefused(job.metadata, trouble));
};

export const importIsPastDeadline: Rule = (situation) => {
  const { build, importJob, now } = situation;
  const { job, trouble } = importJob;
  const deadline = { seconds: importSeconds, since: build.status.stageTimes?.importStarted };
  if (job === undefined || !isPastDeadline(job, deadline, now)) return undefined;
  return stageFailed(situation, 'Import', job.hadPods ? timedOut : podRefused(job.metadata, trouble));
};
