import type { Clock } from './clock.ts';

export interface CrowdLimits {
  /** More than so many are a crowd. */
  readonly few: number;
  /** How often a crowd is told at most. */
  readonly everyMs: number;
}

interface Circle {
  /** Something more has happened since all were told. */
  more: boolean;
}

/**
 * Tells those who have something in common that it changed. Few are told each time; a crowd at once, and then again when the time is
 * over if there was more: else n changes of n objects are n × n things to do, and whoever may make objects decides n.
 */
export class Crowds {
  readonly #clock: Clock;
  readonly #limits: CrowdLimits;
  /** Crowds that were told lately. */
  readonly #told = new Map<string, Circle>();

  constructor(clock: Clock, limits: CrowdLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** `what` they have in common; `tell` tells all, and says how many they are. */
  tell(what: string, tell: () => number): void {
    const told = this.#told.get(what);
    if (told !== undefined) {
      told.more = true;
      return;
    }
    if (tell() <= this.#limits.few) return;
    const circle: Circle = { more: false };
    this.#told.set(what, circle);
    this.#clock.setTimer(this.#limits.everyMs, () => {
      this.#told.delete(what);
      if (circle.more) this.tell(what, tell);
    });
  }
}
