import { createHash } from 'node:crypto';
import { asError } from '../errors.ts';
import { isAlreadyExists } from './api-status.ts';
import type { Clock } from './clock.ts';
import { EventBudget, type EventLimits, type NamespaceShare } from './event-budget.ts';
import type { Said } from './event-memory.ts';
import type { EventObserver } from './event-observer.ts';
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
  readonly limits: EventLimits;
  readonly observer?: EventObserver;
}

const eventType: ResourceType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const messageLength = 1024;

/**
 * Writes events of core/v1, which can be written anew; in events.k8s.io/v1 everything but `series` is immutable
 * (kubernetes/pkg/apis/core/validation/events.go). A decision says the same thing about an object at every pass for as long
 * as it is true; people are told once an hour. What was said is remembered here, and after a restart found by its name. What is
 * beyond a share is left out, and said at a later pass if it is still true.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, log, limits, observer } = options;
  const budget = new EventBudget(limits, clock.now());
  return {
    async emit(event) {
      const [now, said, namespace = ''] = [clock.now(), saidBy(event), event.regarding.namespace];
      const share = budget.share(namespace, now);
      const corrected = (event.corrects ?? []).map((reason) => subjectOf(event.regarding, reason));
      const isCorrection = corrected.some((subject) => share.memory.count(subject, now) > 0);
      if (event.corrects === undefined ? share.memory.knows(said, now) : !isCorrection) return;
      const usedUp = budget.spend(share, said, now);
      if (usedUp !== undefined) {
        observer?.leftOut(usedUp);
        if (usedUp !== 'object') complain(share, namespace, options);
        return;
      }
      try {
        const isAnew = isCorrection || share.memory.isRecanted(said);
        share.memory.note(said, await say(event, eventName(event, said), { ...options, isAnew }));
        for (const subject of corrected) share.memory.recant(subject);
      } catch (thrown) {
        const { reason, regarding } = event;
        log.warn({ reason, regarding, err: asError(thrown) }, 'event not written');
      }
    },
  };
}

/** Once an hour for each namespace: the log is not to be flooded instead. */
function complain(share: NamespaceShare, namespace: string, { clock, log, limits }: EventRecorderOptions): void {
  const now = clock.now().getTime();
  if (now - share.complainedAt < limits.lifetimeMs) return;
  share.complainedAt = now;
  log.warn({ namespace }, 'there are more events than may be written: some of this namespace are left out');
}

interface Saying extends EventRecorderOptions {
  /** It is true again: that it was said within the hour is no reason to keep silent. */
  readonly isAnew: boolean;
}

/** When it was said: now, or earlier by another process. */
async function say(event: Event, name: string, options: Saying): Promise<Date> {
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
    message: cut(inOwnLines(event.message)),
    source: { component: reporter },
    reportingComponent: reporter,
    reportingInstance: instance,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}

/** `kubectl describe` prints a message as it is: no line of a builder's log begins like one of its own. */
function inOwnLines(message: string): string {
  return message.replace(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/g, '\n│ ');
}

function cut(message: string): string {
  return message.length <= messageLength ? message : `${message.slice(0, messageLength - 1).toWellFormed()}…`;
}

/** By what of it can be read: two texts that differ behind the cut would look like one event told twice. */
function saidBy({ regarding, type, reason, message }: Event): Said {
  const hash = createHash('sha256').update(JSON.stringify([regarding.uid, type, reason, cut(message)]));
  return { subject: subjectOf(regarding, reason), text: hash.digest('hex').slice(0, 16) };
}

function subjectOf({ uid }: Event['regarding'], reason: string): string {
  return `${uid} ${reason}`;
}

function eventName({ regarding }: Event, { text }: Said): string {
  return `${regarding.name.slice(0, 200)}.${text}`;
}

/** The API server still has it: left alone within the hour, and said anew after that. */
async function sayAnew(name: ObjectName, { client, clock, limits, isAnew }: Saying): Promise<Date> {
  const { lastTimestamp } = fieldsOf(await client.get(eventType, name));
  const now = clock.now();
  const saidAt = typeof lastTimestamp === 'string' ? Date.parse(lastTimestamp) : Number.NaN;
  if (!isAnew && now.getTime() - saidAt < limits.lifetimeMs) return new Date(saidAt);
  const times = { firstTimestamp: now.toISOString(), lastTimestamp: now.toISOString() };
  await client.patch(eventType, name, { count: 1, ...times });
  return now;
}
