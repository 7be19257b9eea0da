import type { Lease } from './lease.ts';

export type Step = 'create' | 'take' | { readonly waitMs: number };

/** Watches another's lease by this process' own clock: the times in a lease are of another's, which may be wrong. */
export class Candidacy {
  readonly #identity: string;
  #seen: { readonly resourceVersion: string; readonly untilMs: number } | undefined;

  constructor(identity: string) {
    this.#identity = identity;
  }

  /** What to do about the lease as it is now. */
  step(lease: Lease | undefined, nowMs: number): Step {
    if (lease !== undefined) this.#see(lease, nowMs);
    const waitMs = (this.#seen?.untilMs ?? nowMs) - nowMs;
    // One that somebody deleted may be held all the same: its holder learns of it at its next renewal.
    if (waitMs > 0) return { waitMs };
    return lease === undefined ? 'create' : 'take';
  }

  #see({ holder, resourceVersion, durationMs }: Lease, nowMs: number): void {
    if (holder === '' || holder === this.#identity) this.#seen = undefined;
    else if (this.#seen?.resourceVersion !== resourceVersion) {
      this.#seen = { resourceVersion, untilMs: nowMs + durationMs };
    }
  }
}
