import type { Clock } from './clock.ts';
import { type Rate, RetryRate } from './retry-rate.ts';
import { Turns } from './turns.ts';

/** Of all keys together. */
const retryRate: Rate = { burst: 100, perSecond: 50 };

export interface RetryPaceOptions {
  readonly clock: Clock;
  readonly groupOf: (key: string) => string;
  /** The key may be worked on again. */
  readonly release: (key: string) => void;
}

/** Keys whose back-off is over, let go at a bounded rate. Groups take turns here too: a crowd of one delays no other's. */
export class RetryPace {
  readonly #options: RetryPaceOptions;
  readonly #due: Turns;
  readonly #rate: RetryRate;
  #cancelTimer: (() => void) | undefined;

  constructor(options: RetryPaceOptions) {
    this.#options = options;
    this.#due = new Turns(options.groupOf);
    this.#rate = new RetryRate(retryRate, this.#nowMs());
  }

  due(key: string): void {
    this.#due.add(key, this.#nowMs());
    this.#go();
  }

  /** Its retry is of no use any more: it was worked on for another reason. */
  forget(key: string): void {
    this.#due.delete(key);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #go(): void {
    while (this.#due.size > 0 && this.#rate.take(this.#nowMs())) {
      const next = this.#due.take();
      if (next !== undefined) this.#options.release(next.key);
    }
    if (this.#due.size === 0 || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#options.clock.setTimer(this.#rate.waitMs(this.#nowMs()), () => {
      this.#cancelTimer = undefined;
      this.#go();
    });
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}
