import type { WorldTime } from './world-time.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/**
 * Time in one world. It stands still while anything is under way there and then leaps to what is due next: a back-off of five
 * minutes costs nothing, and what happens in which order does not hang on how busy the machine is.
 */
export class LeapingTime implements WorldTime {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(start = '2026-11-23T12:00:00Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  monotonicMs(): number {
    return this.#now;
  }

  get ms(): number {
    return this.#now;
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(ms, 0), order: this.#order++, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Leaps to the next timer and fires it alone: what it sets off is over before another fires. */
  step(): Promise<void> {
    const next = this.#next();
    if (next !== undefined) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    return Promise.resolve();
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
