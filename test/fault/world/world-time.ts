import type { Clock } from '../../../src/runtime/clock.ts';

/** The time in a world. */
export interface WorldTime extends Clock {
  readonly ms: number;
  /** Goes on to the next moment at which something may happen. */
  step(): Promise<void>;
}
