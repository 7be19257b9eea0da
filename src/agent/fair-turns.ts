import { Turns } from '../runtime/turns.ts';

/**
 * So many imports at once and no more. Those that wait take turns by tenant, and none has all places where there are several: what hangs
 * keeps its place until its time is over.
 */
export class FairTurns {
  readonly #waiting = new Turns((key) => key.slice(0, key.indexOf(' ')));
  readonly #begin = new Map<string, () => void>();
  readonly #running = new Map<string, number>();
  #atOnce = 1;

  set atOnce(count: number) {
    this.#atOnce = count;
    this.#next();
  }

  /** Whether nobody runs or waits. */
  get isQuiet(): boolean {
    return this.#count() === 0 && this.#waiting.size === 0;
  }

  /** Waits for a place and runs in it; undefined: it was stopped before it had one. */
  async take<T>({ tenant, id, stop }: Applicant, run: () => Promise<T>): Promise<T | undefined> {
    if (stop.aborted || !(await this.#enter(tenant, id, stop))) return undefined;
    try {
      return await run();
    } finally {
      this.#add(tenant, -1);
      this.#next();
    }
  }

  #enter(tenant: string, id: string, stop: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const key = `${tenant} ${id}`;
      this.#waiting.add(key, 0);
      this.#begin.set(key, () => resolve(true));
      stop.addEventListener('abort', () => {
        this.#waiting.delete(key);
        this.#begin.delete(key);
        resolve(false);
      });
      this.#next();
    });
  }

  /** Whoever begins has its place from now on. */
  #next(): void {
    for (;;) {
      const next = this.#waiting.take((tenant) => this.#mayGo(tenant));
      if (next === undefined) return;
      this.#add(next.key.slice(0, next.key.indexOf(' ')), 1);
      this.#begin.get(next.key)?.();
      this.#begin.delete(next.key);
    }
  }

  #mayGo(tenant: string): boolean {
    return this.#count() < this.#atOnce && this.#countOf(tenant) < Math.max(1, this.#atOnce - 1);
  }

  #add(tenant: string, change: 1 | -1): void {
    const count = this.#countOf(tenant) + change;
    if (count === 0) this.#running.delete(tenant);
    else this.#running.set(tenant, count);
  }

  #countOf(tenant: string): number {
    return this.#running.get(tenant) ?? 0;
  }

  #count(): number {
    return [...this.#running.values()].reduce((sum, count) => sum + count, 0);
  }
}

interface Applicant {
  readonly tenant: string;
  readonly id: string;
  readonly stop: AbortSignal;
}
