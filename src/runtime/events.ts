import { createHash } from 'node:crypto';
import { asError } from '../errors.ts';
import { isAlreadyExists } from './api-status.ts';
import type { Clock } from './clock.ts';
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
const seriesMs = 3_600_000;

/**
 * Writes events of core/v1, whose count can be raised; in events.k8s.io/v1 everything but `series` is immutable
 * (kubernetes/pkg/apis/core/validation/events.go). The same thing said again within an hour raises the count.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return {
    async emit(event) {
      try {
        await write(event, options);
      } catch (thrown) {
        const { reason, regarding } = event;
        options.log.warn({ reason, regarding, err: asError(thrown) }, 'event not written');
      }
    },
  };
}

async function write(event: Event, options: EventRecorderOptions): Promise<void> {
  const manifest = eventManifest(event, options);
  try {
    await options.client.create(eventType, manifest.metadata.namespace, manifest);
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
    await continueSeries(manifest.metadata, options);
  }
}

function eventManifest(event: Event, { clock, reporter, instance }: EventRecorderOptions) {
  const { regarding, type, reason } = event;
  const now = clock.now().toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Cluster-scoped objects have their events in `default`, where kubectl looks for them.
    metadata: { name: eventName(event), namespace: regarding.namespace ?? 'default' },
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

async function continueSeries(name: ObjectName, { client, clock }: EventRecorderOptions): Promise<void> {
  const { count, lastTimestamp } = fieldsOf(await client.get(eventType, name));
  const now = clock.now();
  const isRecent = typeof lastTimestamp === 'string' && now.getTime() - Date.parse(lastTimestamp) < seriesMs;
  const patch = isRecent
    ? { count: Number(count ?? 1) + 1, lastTimestamp: now.toISOString() }
    : { count: 1, firstTimestamp: now.toISOString(), lastTimestamp: now.toISOString() };
  await client.patch(eventType, name, patch);
}
