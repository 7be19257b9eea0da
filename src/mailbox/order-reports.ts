import type { OrderReport } from '../api/order-report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { whenAborted } from '../runtime/when-aborted.ts';

/** The container that takes the orders of an agent's Pod. */
export const agentContainer = 'agent';

/** What Pods that take orders say of them, while they live. */
export interface OrderReports {
  /** The newest of one order; the Pod is listened to from the first time that somebody asks. Undefined: nothing was heard of it yet. */
  of(pod: PodView, order: string): OrderReport | undefined;
  /** Whether it is heard at all. If not, its orders are to end it, so that the kubelet tells. */
  hears(pod: PodView): boolean;
  /** Another one whenever something may have been missed: a list that asks so has all told anew. */
  ask(pod: PodView): string;
  /** Calls the listener whenever a Pod has said anything new of an order, or has to be asked. */
  subscribe(listener: (pod: PodView) => void): void;
  /** Listens until the signal aborts, and forgets all then. */
  run(signal: AbortSignal): Promise<void>;
}

/** Where no log may be read. */
export const noOrderReports: OrderReports = {
  of: () => undefined,
  hears: () => false,
  ask: () => '',
  subscribe: () => undefined,
  run: whenAborted,
};
