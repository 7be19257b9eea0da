import { rawOf, textOf } from '../../cluster-view/raw.ts';
import type { ResourceType } from '../../runtime/kube-client.ts';
import type { CommandContext } from '../command-context.ts';
import { readList } from '../read-lists.ts';
import { foldPulls } from './fold-pulls.ts';
import type { ReportedEvent, ToldEvent } from './told-event.ts';

const events: ResourceType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const kept = 10;

/** All events about one object; undefined when they may not be read. */
export async function eventsAbout(
  { client, namespace }: CommandContext,
  { kind, name }: { readonly kind: string; readonly name: string },
): Promise<readonly ReportedEvent[] | undefined> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const items = await readList(client, events, { namespace, fieldSelector });
  return items?.map((raw) => ({
    event: eventOf(raw),
    reporter: textOf(rawOf(raw).reportingComponent),
    about: textOf(rawOf(rawOf(raw).involvedObject).uid),
  }));
}

/** The newest last. A Pod of a StatefulSet has the name of the one before it: what was said of that is over. */
export function lastOf(all: readonly ReportedEvent[] = [], uid: string): readonly ToldEvent[] {
  const told = all.filter(({ about }) => about === '' || about === uid).map(({ event }) => event);
  return foldPulls(told.toSorted((a, b) => a.time.localeCompare(b.time))).slice(-kept);
}

function eventOf(raw: unknown): ToldEvent {
  const event = rawOf(raw);
  const last = textOf(rawOf(event.series).lastObservedTime);
  const times = [
    last,
    textOf(event.lastTimestamp),
    textOf(event.eventTime),
    textOf(rawOf(event.metadata).creationTimestamp),
  ];
  return {
    time: times.find((time) => time !== '') ?? '',
    type: textOf(event.type),
    reason: textOf(event.reason),
    message: textOf(event.message),
    count: Number(event.count ?? rawOf(event.series).count ?? 1),
  };
}
