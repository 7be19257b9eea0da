import type { Said } from '../api/report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { whenAborted } from '../runtime/when-aborted.ts';

/**
 * The mailbox' way back: what the containers of enbi's Jobs say while they run. It is the fast way and no more: whatever is not heard here
 * is learnt from the container's end.
 */
export interface Reports {
  /**
   * What a container that runs has said so far; it is listened to from the first time that somebody asks. Undefined: nothing was heard yet,
   * or its log cannot be read now.
   */
  of(pod: PodView, container: string): Said | undefined;
  /** Whether what a Pod says is heard at all. If not, what it is told is to end it, so that the kubelet tells. */
  hears(pod: PodView): boolean;
  /** Calls the listener when a container has reported, once for each order. */
  subscribe(listener: (pod: PodView) => void): void;
  /** Listens until the signal aborts, and forgets all then. */
  run(signal: AbortSignal): Promise<void>;
}

/** Where no log may be read. */
export const noReports: Reports = {
  of: () => undefined,
  hears: () => false,
  subscribe: () => undefined,
  run: whenAborted,
};
