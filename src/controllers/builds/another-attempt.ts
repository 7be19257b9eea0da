import { retryAnnotation } from '../../api/labels.ts';
import type { Reason } from '../../api/reasons.ts';
import { delayAfter, forNewPod, retryOf, slowDelayAfter, slowForMs } from '../../api/retries.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { newPodHelps } from '../../cluster-view/outlook.ts';
import { type Plan, settled } from '../../runtime/plan.ts';
import { askedFor } from './asked-for.ts';
import { countingAttempts, isSlow } from './attempts.ts';
import { failedVerdicts } from './failing.ts';
import type { Rule, Situation } from './situation.ts';
import { type StatusChange, statusPatch, verdicts } from './status.ts';

/** Longest time without a look: the status is anybody's who may write it, and clocks are set back. */
const lookAgainMs = 600_000;

/**
 * A new value of the retry annotation after a failure begins another attempt, of the version that the reference means by now:
 * what failed may have been mended there.
 */
export const failureWasAnswered: Rule = (situation) => {
  const { build } = situation;
  const asked = askedFor(retryAnnotation, build);
  if (asked === undefined || asked === build.status.retryAnswered) return undefined;
  return anotherAttempt(situation, 'RetryWasAsked', 'trying again as asked', {
    retryAnswered: asked,
    sandboxRefused: null,
    failure: null,
    ...fromTheBeginning(build),
    ...ofNow(build),
  });
};

/** The same while it waits for its next attempt: whoever has mended what kept it knows best when that is. */
export const waitWasAnswered: Rule = (situation) =>
  situation.build.status.nextAttemptTime === undefined ? undefined : failureWasAnswered(situation);

/** What somebody is about to mend goes on by itself, and when a Pod asks for it anew. */
export const failureGoesOn: Rule = (situation) => {
  const now = situation.now.getTime();
  const podAt = newPodAt(situation);
  const at = Math.min(podAt, slowAttemptAt(situation));
  if (!Number.isFinite(at)) return undefined;
  if (at > now) return { ...settled('NextAttemptIsNotDue'), recheckAfterMs: Math.min(at - now, lookAgainMs) };
  return podAt > now ? anotherAttempt(situation, 'NextAttemptIsDue', 'trying again', {}) : podAsksAnew(situation);
};

/** The image that nobody waits for is not tried again by itself: the record says so. */
export const nobodyWaitsForNext: Rule = ({ build, history, now }) => {
  const { nextAttemptTime, failure } = build.status;
  if (history === undefined || nextAttemptTime === undefined || failure === undefined) return undefined;
  const status = statusPatch(build, { nextAttemptTime: null }, failedVerdicts(build, failure, false), now);
  return { because: 'NobodyWaitsForNext', actions: [], ...(status === undefined ? {} : { status }) };
};

/** When the attempt that nobody asks for is due. */
function slowAttemptAt({ build, history }: Situation): number {
  const { nextAttemptTime = '', failure } = build.status;
  const at = Date.parse(nextAttemptTime);
  if (history !== undefined || failure === undefined || Number.isNaN(at)) return Number.POSITIVE_INFINITY;
  return goesOnSlowly(failure.reason) ? at : Number.POSITIVE_INFINITY;
}

/** When a Pod that was made after the failure gets another attempt: later and later, since something may make Pods without end. */
function newPodAt({ build, waiting, settings }: Situation): number {
  const { failure, completionTime = '' } = build.status;
  const failedAt = Date.parse(completionTime);
  // Its time has no fractions: one of the same second may have been made before.
  const isNewer = waiting.some(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') > failedAt);
  if (!isNewer || failure === undefined || !newPodHelps(build, failure.reason)) return Number.POSITIVE_INFINITY;
  const failures = countingAttempts(build);
  const isTriedEnough = !goesOnSlowly(failure.reason) && failures >= 2 * settings.maxAttempts;
  return failedAt + (isTriedEnough ? slowForMs : delayAfter(failures, forNewPod));
}

function goesOnSlowly(reason: Reason): boolean {
  const { passing, lasting } = retryOf(reason);
  return isSlow(passing) || isSlow(lasting);
}

/** After a day of attempts, or of none, another day begins. */
function podAsksAnew(situation: Situation): Plan {
  const { build, now } = situation;
  const restedMs = now.getTime() - Date.parse(build.status.completionTime ?? '');
  const isOver = restedMs >= slowForMs || slowDelayAfter(countingAttempts(build)) === undefined;
  const change = { ...(isOver ? fromTheBeginning(build) : {}), ...ofNow(build) };
  return anotherAttempt(situation, 'PodAsksAnew', 'trying again: a new Pod asks for the image', change);
}

function fromTheBeginning({ status }: NixBuild): StatusChange {
  return { attemptsForgiven: status.attempts ?? 0 };
}

/** The version that the reference means by now; but where a node has the image, one name means one version on all nodes. */
function ofNow({ status }: NixBuild): StatusChange {
  return (status.nodes ?? []).length === 0 ? { lockedUrl: null } : {};
}

/** The failure stays readable until the attempt begins. */
function anotherAttempt({ build, now }: Situation, because: string, message: string, change: StatusChange): Plan {
  const whole = {
    status: 'Pending' as const,
    progress: message,
    buildNode: null,
    // It may have been cancelled in a builder that does others' by now, whatever comes of this attempt.
    buildJobName: null,
    storeName: null,
    nextAttemptTime: null,
    timesHeldUp: null,
    waitsSince: null,
    completionTime: null,
    ...change,
  };
  const status = statusPatch(build, whole, verdicts.underWay('Retrying', message), now);
  return { because, actions: [], ...(status === undefined ? {} : { status }) };
}
