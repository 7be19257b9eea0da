import { manager } from '../../api/labels.ts';
import { isReason, type Reason } from '../../api/reasons.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { PodBecause } from '../../controllers/pods/decide.ts';
import { oneLine } from '../../printable.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Told } from './explanation.ts';
import type { ReportedEvent, ToldEvent } from './told-event.ts';

const longestMessage = 1024;

/** What only the controller knows of a write that it would make at once, had nobody refused it. */
const refusals: readonly Reason[] = ['RefusedByCluster', 'NameTaken'];

/**
 * What enbi itself last told a Pod, where its rules look at more than is known here: refusals, and all that whoever asks may not
 * read. Others of the namespace may write events, too, so it is taken for no more than its place in the list of reasons.
 */
export function ownWord(
  { metadata }: PodView,
  plan: Plan<PodBecause> | undefined,
  events: readonly ReportedEvent[],
): Told | undefined {
  const own = events
    .filter((each) => isOwn(each) && each.about === metadata.uid)
    .map(({ event }) => event)
    .toSorted(byTime);
  if (plan?.because === 'NodeUnknown') return warning(own.at(-1));
  if ((plan?.actions.length ?? 0) === 0) return undefined;
  return warning(own.findLast(({ reason }) => refusals.some((each) => each === reason)));
}

/** Misspelt annotations keep nothing from going on, and are worked out from the Pod. */
function isOwn({ reporter, event: { reason } }: ReportedEvent): boolean {
  return reporter === manager && isReason(reason) && reason !== 'UnknownAnnotation';
}

/** Of one second the warnings last. */
function byTime(a: ToldEvent, b: ToldEvent): number {
  return a.time.localeCompare(b.time) || a.type.localeCompare(b.type);
}

function warning(event: ToldEvent | undefined): Told | undefined {
  if (event?.type !== 'Warning') return undefined;
  return { name: event.reason, message: oneLine(event.message, longestMessage) };
}
