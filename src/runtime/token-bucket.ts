export interface Rate {
  /** At once, after a silence. */
  readonly burst: number;
  readonly perMinute: number;
}

/** Lets so many through at once, and after that so many a minute. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: Date) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now.getTime();
  }

  /** Whether there is one to take now; it is not taken. */
  has(now: Date): boolean {
    const ms = Math.max(0, now.getTime() - this.#at);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (ms / 60_000) * this.#rate.perMinute);
    this.#at = now.getTime();
    return this.#tokens >= 1;
  }

  take(): void {
    this.#tokens -= 1;
  }
}
