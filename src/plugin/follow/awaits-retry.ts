import { retryAnnotation } from '../../api/labels.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { askedFor } from '../../controllers/builds/asked-for.ts';

/** Another attempt was asked for after the end of one, or while the next is waited for, and the controller has yet to answer: what there is to see is the old end. */
export function awaitsRetry(build: NixBuild): boolean {
  const { status, retryAnswered, nextAttemptTime } = build.status;
  const asked = askedFor(retryAnnotation, build);
  const isOver = status === 'Failed' || status === 'Cancelled' || nextAttemptTime !== undefined;
  return isOver && asked !== undefined && asked !== retryAnswered;
}

/** The controller has answered, and the attempt has yet to begin: Pods there are, and their logs, are of the one before. */
export function awaitsAttempt({ status }: NixBuild): boolean {
  const { attempts = 0, attemptsForgiven = 0, buildNode } = status;
  const isAnswered = attempts > 0 && attempts === attemptsForgiven;
  return status.status === 'Pending' && buildNode === undefined && isAnswered;
}
