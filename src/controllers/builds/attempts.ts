import type { StageFailure } from '../../api/result.ts';
import { type Pace, paceOf, slowDelayAfter } from '../../api/retries.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { Situation } from './situation.ts';

/** Attempts are numbered on, since their Jobs are named by the number; what came before a success counts no more. */
export function countingAttempts({ status }: NixBuild): number {
  const { attempts = 0, attemptsForgiven = 0 } = status;
  return attempts - Math.min(attemptsForgiven, attempts);
}

const withinMinutes: ReadonlySet<Pace> = new Set(['soon', 'soon, then slowly', 'always']);

/**
 * Whether the attempt after this failure comes within minutes, as one of the same trial. What goes on for as long as it takes only the
 * controller sees (`retry`): a stage that says so is a stranger, who would have builds without end.
 */
export function comesSoon({ build, settings }: Situation, failed: StageFailure): boolean {
  return countingAttempts(build) < settings.maxAttempts && withinMinutes.has(paceOf(failed));
}

/** How long after this failure the build is tried again all the same; undefined: not by itself. */
export function slowDelay({ build, settings }: Situation, failed: StageFailure): number | undefined {
  const pace = paceOf(failed);
  if (!isSlow(pace)) return undefined;
  const before = pace === 'slowly' ? 0 : settings.maxAttempts - 1;
  return slowDelayAfter(Math.max(countingAttempts(build) - before, 1));
}

export function isSlow(pace: Pace | undefined): boolean {
  return pace === 'slowly' || pace === 'soon, then slowly';
}
