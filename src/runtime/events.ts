import { createHash } from 'node:crypto';
import { asError } from '../errors.ts';
import { isAlreadyExists } from './api-status.ts';
import type { Clock } from './clock.ts';
import { EventMemory } from './event-memory.ts';
import { fieldsOf } from './identity.ts';
import type { KubeClient, ObjectName, ResourceType } from './kube-client.ts';
import type { Log } from './log.ts';
import type { Event } from './plan.ts';

export interface EventRecorder {
  /** Never rejects: an event that cannot be written is logged. */
  emit(event: Event): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Who reports, as `kubectl describe` shows it. */
  readonly reporter: string;
  /** Which instance of it: the Pod's name. */
  readonly instance: string;
}

const eventType: ResourceType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const messageLength = 1024;
/** Also how long an API server keeps an event by default (`--event-ttl`). */
const onceInMs = 3_600_000;
/** About a megabyte of names. What is forgotten is looked up again, not said again. */
const remembered = 10_000;

/**
 * Writes events of core/v1, which can be written anew; in events.k8s.io/v1 everything but `series` is immutable
 * (kubernetes/pkg/apis/core/validation/events.go). A decision says the same thing about an object at every pass for as long
 * as it is true; people are told once an hour. What was said is remembered here, and after a restart found by its name.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const memory = new EventMemory({ capacity: remembered, lifetimeMs: onceInMs });
  return {
    async emit(event) {
      const name = eventName(event);
      if (memory.knows(name, options.clock.now())) return;
      try {
        memory.note(name, await say(event, name, options));
      } catch (thrown) {
        const { reason, regarding } = event;
        options.log.warn({ reason, regarding, err: asError(thrown) }, 'event not written');
      }
    },
  };
}

/** When it was said: now, or earlier by another process. */
async function say(event: Event, name: string, options: EventRecorderOptions): Promise<Date> {
  const manifest = eventManifest(event, name, options);
  try {
    await options.client.create(eventType, manifest.metadata.namespace, manifest);
    return options.clock.now();
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
    return await sayAnew(manifest.metadata, options);
  }
}

function eventManifest(event: Event, name: string, { clock, reporter, instance }: EventRecorderOptions) {
  const { regarding, type, reason } = event;
  const now = clock.now().toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Cluster-scoped objects have their events in `default`, where kubectl looks for them.
    metadata: { name, namespace: regarding.namespace ?? 'default' },
    involvedObject: regarding,
    type,
    reason,
    message: event.message.slice(0, messageLength),
    source: { component: reporter },
    reportingComponent: reporter,
    reportingInstance: instance,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}

function eventName({ regarding, type, reason, message }: Event): string {
  const hash = createHash('sha256').update(JSON.stringify([regarding.uid, type, reason, message]));
  return `${regarding.name.slice(0, 200)}.${hash.digest('hex').slice(0, 16)}`;
}

/** The API server still has it: left alone within the hour, and said anew after that. */
async function sayAnew(name: ObjectName, { client, clock }: EventRecorderOptions): Promise<Date> {
  const { lastTimestamp } = fieldsOf(await client.get(eventType, name));
  const now = clock.now();
  const saidAt = typeof lastTimestamp === 'string' ? Date.parse(lastTimestamp) : Number.NaN;
  if (now.getTime() - saidAt < onceInMs) return new Date(saidAt);
  const times = { firstTimestamp: now.toISOString(), lastTimestamp: now.toISOString() };
  await client.patch(eventType, name, { count: 1, ...times });
  return now;
}
