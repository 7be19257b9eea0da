import { printableLine } from '../printable.ts';
import type { KubeClient, ResourceType } from '../runtime/kube-client.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { hasBegun } from './at-work.ts';
import type { JobView } from './objects.ts';
import type { PodView } from './pod.ts';
import { type Raw, rawOf, textOf } from './raw.ts';
import { stuckReason } from './stuck.ts';

/** A Pod of enbi's starts within seconds; so nothing is asked about one that does. */
const slowAfterMs = 20_000;
/** A Job's controller makes the Pod within a second, if it is allowed to. */
const lackingAfterMs = 15_000;
/** An admission policy names itself and its binding, 253 characters each, before it says what it minds. */
const mostWords = 700;
/** More than the kubelet says about one Pod. */
const readAtMost = 50;
const events: ResourceType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** It has its node, nothing of it has begun, and its status does not say why: of a volume that cannot be mounted it never does. */
export function startsSlowly(pod: PodView, now: Date): boolean {
  if (pod.nodeName === undefined || pod.phase !== 'Pending' || stuckReason(pod) !== undefined) return false;
  return !hasBegun(pod) && now.getTime() - Date.parse(pod.metadata.creationTimestamp ?? '') >= slowAfterMs;
}

/** It never had one, and for so long: somebody refuses it, and the Job's controller says who in an event. */
export function lacksPod({ metadata, hadPods, ended }: JobView, now: Date): boolean {
  return !hadPods && !ended && now.getTime() - Date.parse(metadata.creationTimestamp ?? '') >= lackingAfterMs;
}

/** What was said last about a Pod or a Job, if that is a complaint; empty when it is none: what was wrong before has been mended. */
export async function readTroubleOf(client: Pick<KubeClient, 'list'>, { metadata }: Observed): Promise<string> {
  const { namespace, uid } = metadata;
  const selection = { namespace, fieldSelector: `involvedObject.uid=${uid}`, limit: readAtMost };
  const { items } = await client.list(events, selection);
  const last = items.map(rawOf).toSorted(byTime).at(-1);
  // Whoever writes to the namespace may write events.
  return last?.type === 'Warning' ? printableLine(textOf(last.message), mostWords) : '';
}

function byTime(one: Raw, other: Raw): number {
  const [a, b] = [timeOf(one), timeOf(other)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** RFC 3339 in UTC, with or without fractions: of one second, those with come first. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: Raw): string {
  const times = [rawOf(series).lastObservedTime, lastTimestamp, eventTime, rawOf(metadata).creationTimestamp];
  return times.map(textOf).find((time) => time !== '') ?? '';
}
