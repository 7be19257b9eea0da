import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { ceilings } from '../../api/ceilings.ts';
import type { ControllerObserver } from '../../runtime/controller-observer.ts';
import type { EventObserver } from '../../runtime/event-observer.ts';
import type { ReflectorObserver } from '../../runtime/reflector-observer.ts';
import { type BuildMetrics, createBuildMetrics } from './build-metrics.ts';

export interface Metrics extends BuildMetrics {
  /** Counts what one controller and its queue do. */
  observerFor(controller: string): ControllerObserver;
  /** Counts what keeps one store up to date. */
  reflectorFor(store: string): ReflectorObserver;
  /** An answer of the API server, or `<error>` when there was none. */
  requested(method: string, code: string): void;
  /** Counts events that are not written. */
  readonly events: EventObserver;
  /** Whether this replica is the one that works. */
  leads(leads: boolean): void;
  /** Everything counted so far, in Prometheus' text format. */
  exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Metrics of the controllers, and of the process they run in. The names of the queue's are those of all Kubernetes controllers. */
export function createMetrics(nowMs: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = metricsIn(registry);
  return {
    ...createBuildMetrics(registry),
    observerFor: (controller) => observerOf(controller, metrics),
    reflectorFor: (name) => ({
      listed: () => metrics.lists.inc({ name }),
      watchBegan: () => metrics.watches.inc({ name }),
      watchFailed: () => metrics.watchFailures.inc({ name }),
    }),
    requested: (method, code) => metrics.requests.inc({ method, code }),
    events: { leftOut: (scope) => metrics.eventsLeftOut.inc({ scope }) },
    leads: (leads) => metrics.leader.set({ name: 'enbi-controller' }, leads ? 1 : 0),
    exposition: atMostEverySecond(nowMs, async () => ({
      contentType: registry.contentType,
      text: await registry.metrics(),
    })),
  };
}

const collectEveryMs = 1000 / ceilings.collections.value;

/** Collecting looks at every NixBuild there is: whoever asks more often is told what was collected last. */
function atMostEverySecond<T>(nowMs: () => number, collect: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly collected: Promise<T> } | undefined;
  return () => {
    const now = nowMs();
    if (last === undefined || now - last.atMs >= collectEveryMs) last = { atMs: now, collected: collect() };
    return last.collected;
  };
}

// From 1 ms (nothing to do) to a minute (a slow API server).
const buckets = [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10, 60];

function metricsIn(registry: Registry) {
  const queue = { labelNames: ['name'] as const, registers: [registry] };
  return {
    depth: new Gauge({ ...queue, name: 'workqueue_depth', help: 'Keys that wait for a worker' }),
    adds: new Counter({
      ...queue,
      name: 'workqueue_adds_total',
      help: 'Keys added; one that waits already is not added again',
    }),
    retries: new Counter({
      ...queue,
      name: 'workqueue_retries_total',
      help: 'Passes that will be repeated after a failure',
    }),
    waiting: new Histogram({
      ...queue,
      buckets,
      name: 'workqueue_queue_duration_seconds',
      help: 'How long keys waited for a worker',
    }),
    work: new Histogram({ ...queue, buckets, name: 'workqueue_work_duration_seconds', help: 'How long passes took' }),
    queues: countUnderWay(registry),
    lists: new Counter({ ...queue, name: 'reflector_lists_total', help: 'Complete lists taken into a store' }),
    watches: new Counter({ ...queue, name: 'reflector_watches_total', help: 'Watches asked for' }),
    watchFailures: new Counter({
      ...queue,
      name: 'reflector_watch_failures_total',
      help: 'Lists and watches that failed, were cut, silent or ended by an error',
    }),
    requests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server by method and status code; <error> when nothing answered',
      labelNames: ['method', 'code'] as const,
      registers: [registry],
    }),
    eventsLeftOut: new Counter({
      name: 'enbi_events_left_out_total',
      help: 'Events that were not written, by whose share was used up: object, namespace or cluster',
      labelNames: ['scope'] as const,
      registers: [registry],
    }),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: 'Whether this replica holds the lease: 1, or 0 while it stands by',
      labelNames: ['name'] as const,
      registers: [registry],
    }),
    reconciled: new Counter({
      name: 'enbi_reconcile_total',
      help: 'Passes by how they ended: applied, conflict, transient, refused, failed',
      labelNames: ['controller', 'result'] as const,
      registers: [registry],
    }),
  };
}

/** Worked out at every scrape: a pass that hangs shows while it hangs. */
function countUnderWay(registry: Registry): Map<string, () => readonly number[]> {
  const queues = new Map<string, () => readonly number[]>();
  const gauge = (name: string, help: string, seconds: (underWayMs: readonly number[]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['name'] as const,
      registers: [registry],
      collect() {
        for (const [queue, underWayMs] of queues) this.set({ name: queue }, seconds(underWayMs()));
      },
    });
  gauge(
    'workqueue_unfinished_work_seconds',
    'Seconds that the passes under way have taken so far, in sum; what grows without end is a pass that hangs',
    (underWayMs) => underWayMs.reduce((sum, ms) => sum + ms, 0) / 1000,
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'Seconds that the longest of the passes under way has taken so far',
    (underWayMs) => Math.max(0, ...underWayMs) / 1000,
  );
  return queues;
}

function observerOf(controller: string, metrics: ReturnType<typeof metricsIn>): ControllerObserver {
  const name = { name: controller };
  return {
    reconciled: (result) => metrics.reconciled.inc({ controller, result }),
    queue: {
      began: (underWayMs) => void metrics.queues.set(controller, underWayMs),
      added(depth) {
        metrics.adds.inc(name);
        metrics.depth.set(name, depth);
      },
      started(depth, waitedMs) {
        metrics.depth.set(name, depth);
        metrics.waiting.observe(name, waitedMs / 1000);
      },
      finished: (tookMs) => metrics.work.observe(name, tookMs / 1000),
      retried: () => metrics.retries.inc(name),
    },
  };
}
