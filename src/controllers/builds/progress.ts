import { progressPrefix } from '../../api/order.ts';
import { printableLine } from '../../printable.ts';
import type { SeenJob } from './observe.ts';

/**
 * The newest progress line of a Job's log, for people; `otherwise` before there is one. Bounded: builders write the log. One that
 * could not be read changes nothing: it would be two writes, there and back.
 */
export function progressOf(seen: Pick<SeenJob, 'log'>, otherwise: string, before: string | undefined): string {
  if (seen.log === undefined) return before ?? otherwise;
  const lines = seen.log.split('\n').filter((line) => line.startsWith(progressPrefix));
  const text = lines.at(-1)?.slice(progressPrefix.length) ?? otherwise;
  return printableLine(text, 200);
}
