import { TransientError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { WriteGuard } from '../kube-client.ts';

/**
 * Lets writes out while the lease is surely ours. The time is looked at when a request is about to leave, not when it was
 * asked for: a process may stand still for minutes between any two instructions.
 */
export class WriteFence implements WriteGuard {
  readonly #clock: Clock;
  #open = new AbortController();
  #until = Number.NEGATIVE_INFINITY;
  #untilWall = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#open.abort();
  }

  get signal(): AbortSignal {
    return this.#open.signal;
  }

  get isOpen(): boolean {
    if (this.#open.signal.aborted) return false;
    // Either clock may stand still while the machine sleeps.
    if (this.#clock.monotonicMs() < this.#until && this.#clock.now().getTime() < this.#untilWall) return true;
    this.close();
    return false;
  }

  check(): void {
    if (!this.isOpen) throw new TransientError('NotLeader', 'another replica may lead by now: nothing is written');
  }

  /** Open until so long after a moment of the past. */
  keepOpen(since: Moment, ms: number): void {
    if (this.#open.signal.aborted) this.#open = new AbortController();
    this.#until = since.monotonicMs + ms;
    this.#untilWall = since.wallMs + ms;
    this.#cancel();
    this.#cancel = this.#clock.setTimer(Math.max(0, this.#until - this.#clock.monotonicMs()), () => this.close());
  }

  /** Writes under way are cut off. */
  close(): void {
    this.#cancel();
    this.#open.abort();
  }
}

export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.now().getTime() };
}
