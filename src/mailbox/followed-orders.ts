import { ceilings } from '../api/ceilings.ts';
import type { OrderReport } from '../api/order-report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import type { PolicyError } from '../errors.ts';
import type { ObjectStore } from '../runtime/store.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import type { LineStreamDeps } from './line-stream.ts';
import { OrderFollower } from './order-follower.ts';
import { agentContainer, type OrderReports } from './order-reports.ts';

export interface FollowedOrdersOptions extends LineStreamDeps {
  /** Of enbi's own Jobs: what of them no longer runs is no longer listened to. */
  readonly pods: Pick<ObjectStore<PodView>, 'subscribe'>;
  /** Another one for each process: it has heard nothing of what the one before has. */
  readonly session: string;
}

/** As for builds: the right may be given later. */
const refusalHoldsMs = 600_000;

/** Reports of orders as the API server passes on the logs: one stream for each Pod. */
export class FollowedOrders implements OrderReports {
  readonly #options: FollowedOrdersOptions;
  readonly #followers = new Map<string, { readonly pod: PodView; readonly follower: OrderFollower }>();
  readonly #listeners = new Set<(pod: PodView) => void>();
  #isRunning = false;
  #refusedAt: number | undefined;

  constructor(options: FollowedOrdersOptions) {
    this.#options = options;
  }

  of(pod: PodView, order: string): OrderReport | undefined {
    return this.#followerOf(pod)?.heard(order);
  }

  hears(pod: PodView): boolean {
    const isFull = this.#followers.size >= ceilings.followedLogs.value && !this.#followers.has(pod.metadata.uid);
    return this.#isRunning && !isFull && !this.#isRefused();
  }

  ask(pod: PodView): string {
    return `${this.#options.session}-${this.#followers.get(pod.metadata.uid)?.follower.cuts ?? 0}`;
  }

  subscribe(listener: (pod: PodView) => void): void {
    this.#listeners.add(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    const unsubscribe = this.#options.pods.subscribe(({ before, after }) => {
      if (before !== undefined && isOver(before, after)) this.#drop(before.metadata.uid);
    });
    this.#isRunning = true;
    await whenAborted(signal);
    this.#isRunning = false;
    unsubscribe();
    for (const uid of this.#followers.keys()) this.#drop(uid);
  }

  #followerOf(pod: PodView): OrderFollower | undefined {
    const { uid, name, namespace = '' } = pod.metadata;
    const known = this.#followers.get(uid)?.follower;
    if (known !== undefined || !takesOrders(pod) || !this.hears(pod)) return known;
    const follower = new OrderFollower({ namespace, name, container: agentContainer }, this.#options, {
      news: () => this.#tell(pod),
      refused: (error) => this.#refuse(error),
    });
    this.#followers.set(uid, { pod, follower });
    void follower.run();
    return follower;
  }

  #tell(pod: PodView): void {
    for (const listener of this.#listeners) listener(pod);
  }

  #drop(uid: string): void {
    this.#followers.get(uid)?.follower.stop();
    this.#followers.delete(uid);
  }

  #isRefused(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    return this.#refusedAt !== undefined && nowMs - this.#refusedAt < refusalHoldsMs;
  }

  #refuse(err: PolicyError): void {
    const isKnown = this.#isRefused();
    this.#refusedAt = this.#options.clock.monotonicMs();
    const unheard = [...this.#followers.values()];
    for (const { pod } of unheard) this.#drop(pod.metadata.uid);
    // The orders of each are given anew, so that they end it.
    for (const { pod } of unheard) this.#tell(pod);
    if (isKnown) return;
    this.#options.log.warn(
      { err },
      'logs of agents may not be read: each image takes an agent of its own; set --read-build-logs false, or grant get on pods/log',
    );
  }
}

/** One with nothing more to do may stay for ever, on each node: it would take the place of those that have. */
function isOver(before: PodView, after: PodView | undefined): boolean {
  const isDone = hasOrders(before) && after !== undefined && !hasOrders(after);
  return isDone || after === undefined || !takesOrders(after);
}

function hasOrders({ orders }: PodView): boolean {
  return orders !== undefined && orders.ids.length > 0;
}

function takesOrders({ containers }: PodView): boolean {
  return containers.some(({ name, running }) => name === agentContainer && running);
}
