export interface BackoffSteps {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Doubling delays with jitter. One per thing that fails on its own: a key, a watch. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Between half and the whole of base · 2ⁿ: spread out, yet never at once. */
  nextMs({ baseMs, capMs }: BackoffSteps): number {
    const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(this.#failures++, 40));
    return Math.round(ceiling * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}
