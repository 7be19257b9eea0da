import { type QueueObserver, unobservedQueue } from './queue-observer.ts';

/** How a pass ended, as counted. */
export type PassOutcome = 'applied' | 'conflict' | 'transient' | 'refused' | 'failed';

/** What a controller tells whoever counts (metrics.ts). */
export interface ControllerObserver {
  readonly queue: QueueObserver;
  reconciled(outcome: PassOutcome): void;
}

export const unobservedController: ControllerObserver = { queue: unobservedQueue, reconciled: () => undefined };
