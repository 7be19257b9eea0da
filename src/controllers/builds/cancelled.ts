import { cancelAnnotation, retryAnnotation } from '../../api/labels.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { askedFor } from './asked-for.ts';
import { deleteJob } from './finished.ts';
import type { Rule } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';

/** A new value of the cancel annotation while the build is under way ends it. Its Jobs go when that has been seen. */
export const cancelWasAsked: Rule = ({ build, now }) => {
  const asked = unansweredCancel(build);
  if (asked === undefined) return undefined;
  const { name, namespace = '' } = build.metadata;
  const message = `cancelled as asked; to go on: kubectl enbi retry --namespace ${namespace} ${name}`;
  const change = {
    status: 'Cancelled' as const,
    cancelAnswered: asked,
    // A retry that was asked for before this is overtaken by it.
    retryAnswered: askedFor(retryAnnotation, build) ?? null,
    completionTime: rfc3339(now),
    nextAttemptTime: null,
    progress: null,
    failure: null,
  };
  const status = statusPatch(build, change, verdicts.failed({ reason: 'Cancelled', message }), now);
  return {
    because: 'CancelWasAsked',
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'Cancelled', message }],
  };
};

/** What has failed, and is to be tried again by itself, is under way in its own time. */
export const nextIsCancelled: Rule = (situation) =>
  situation.build.status.nextAttemptTime === undefined ? undefined : cancelWasAsked(situation);

/** Remembered, so that it does not end the next attempt, which nobody has asked to end. */
export const cancelCameTooLate: Rule = ({ build, now }) => {
  const asked = unansweredCancel(build);
  if (asked === undefined) return undefined;
  const status = statusPatch(build, { cancelAnswered: asked }, build.status.conditions ?? [], now);
  return { because: 'CancelCameTooLate', actions: [], ...(status === undefined ? {} : { status }) };
};

/**
 * Whatever still runs for a cancelled build, was done for nothing, or failed in an attempt before: nobody is to look into a
 * failure any more, which has been taken out of the status as well.
 */
export const cancelledJobsAreLeft: Rule = ({ jobs }) => {
  const left = jobs.filter((job) => job.metadata.deletionTimestamp === undefined);
  return left.length === 0 ? undefined : { because: 'CancelledJobsAreLeft', actions: left.map(deleteJob) };
};

function unansweredCancel(build: NixBuild): string | undefined {
  const asked = askedFor(cancelAnnotation, build);
  return asked === build.status.cancelAnswered ? undefined : asked;
}
