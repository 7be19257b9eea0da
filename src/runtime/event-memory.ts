/** What was said lately, so that the API server is not told again at every pass. Holds at most `capacity` names. */
export class EventMemory {
  readonly #saidAt = new Map<string, number>();
  readonly #capacity: number;
  readonly #lifetimeMs: number;

  constructor({ capacity, lifetimeMs }: { readonly capacity: number; readonly lifetimeMs: number }) {
    this.#capacity = capacity;
    this.#lifetimeMs = lifetimeMs;
  }

  knows(name: string, now: Date): boolean {
    const saidAt = this.#saidAt.get(name);
    return saidAt !== undefined && now.getTime() - saidAt < this.#lifetimeMs;
  }

  /** `saidAt` may lie in the past: another process may have said it. */
  note(name: string, saidAt: Date): void {
    // A Map keeps the order of insertion: the first is the one noted longest ago.
    this.#saidAt.delete(name);
    this.#saidAt.set(name, saidAt.getTime());
    const [oldest] = this.#saidAt.keys();
    if (this.#saidAt.size > this.#capacity && oldest !== undefined) this.#saidAt.delete(oldest);
  }
}
