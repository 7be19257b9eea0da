import type { Fault, FaultPlan } from '../plan.ts';

export interface Met {
  readonly moment: string;
  readonly nth: number;
  readonly kind: 'write' | 'read' | 'event' | 'line' | 'list' | 'word';
  /** The object of an event was there before. */
  readonly hadBefore?: boolean;
}

/** Counts what passes between a controller, all its lives, and the API server, and says when it is a fault's turn. */
export class Disturbance {
  readonly met: Met[] = [];
  readonly #counts = new Map<string, number>();
  readonly #faults: readonly Fault[];
  readonly #done = new Set<Fault>();

  constructor({ faults }: FaultPlan) {
    this.#faults = faults;
  }

  meet(moment: string, kind: Met['kind'], hadBefore = false): Fault['does'] | undefined {
    const nth = (this.#counts.get(moment) ?? 0) + 1;
    this.#counts.set(moment, nth);
    this.met.push({ moment, nth, kind, ...(hadBefore ? { hadBefore } : {}) });
    const fault = this.#faults.find(({ at }) => at.moment === moment && at.nth === nth);
    if (fault !== undefined) this.#done.add(fault);
    return fault?.does;
  }

  /** Those whose turn never came. */
  get unmet(): readonly Fault[] {
    return this.#faults.filter((fault) => !this.#done.has(fault));
  }
}
