import { isReporting } from '../../api/report.ts';
import { agentContainer } from '../../mailbox/order-reports.ts';
import { printableLine } from '../../printable.ts';
import type { SeenJob } from './seen-job.ts';

/**
 * The newest progress of what has not reported yet, for people; `otherwise` before there is any. Bounded: builders write the log. A log that
 * could not be read changes nothing: it would be two writes, there and back.
 */
export function progressOf(
  { pod, said }: Pick<SeenJob, 'pod' | 'said'>,
  otherwise: string,
  before: string | undefined,
): string {
  const runs =
    pod?.containers.some(({ name, running }) => running && (isReporting(name) || name === agentContainer)) === true;
  if (runs && said.size === 0) return before ?? otherwise;
  const newest = [...said.values()].findLast(({ report }) => report === undefined)?.progress;
  return printableLine(newest ?? otherwise, 200);
}
