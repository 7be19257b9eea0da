import { shorten } from '../../printable.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Situation } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';
import type { Holdup } from './still-held-up.ts';

const firstMs = 30_000;
/** People are promised that it goes on within two minutes. */
const longestMs = 90_000;

/**
 * Slots are for work that runs. An attempt that is held up gives its slot back: its Job goes (older-jobs.ts), others go first, and
 * it tries again by itself, for as long as that takes. It counts as no attempt: nothing has failed.
 */
export function giveSlotBack(situation: Situation, { reason, message, progress }: Holdup): Plan {
  const { build, now } = situation;
  const { timesHeldUp = 0, attemptsForgiven = 0 } = build.status;
  const delay = Math.min(firstMs * (timesHeldUp + 1), longestMs);
  const change = {
    status: 'Pending' as const,
    nextAttemptTime: rfc3339(new Date(now.getTime() + delay)),
    attemptsForgiven: attemptsForgiven + 1,
    timesHeldUp: timesHeldUp + 1,
    waitsSince: rfc3339(now),
    progress: shorten(progress, 200),
  };
  const status = statusPatch(build, change, verdicts.underWay(reason, message), now);
  return {
    because: 'HeldUp',
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Warning', regarding: buildRef(build), reason, message }],
    recheckAfterMs: delay,
  };
}
