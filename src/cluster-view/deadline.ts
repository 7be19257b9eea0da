import type { JobView } from './objects.ts';

/** What the Job's own controller gets for ending it by the same deadline. */
const slackMs = 60_000;

/**
 * Whether a Job has had its time, by enbi's own clock: its own deadline can be taken off by whoever may write Jobs there. `since`
 * says from when on, where that is known to be earlier than the Job: one that is deleted and made again gets no more time.
 */
export function isPastDeadline(
  { metadata }: JobView,
  { seconds, since = '' }: { readonly seconds: number; readonly since?: string | undefined },
  now: Date,
): boolean {
  const begun = [metadata.creationTimestamp ?? '', since].map((time) => Date.parse(time)).filter(Number.isFinite);
  return now.getTime() > Math.min(...begun) + seconds * 1000 + slackMs;
}
