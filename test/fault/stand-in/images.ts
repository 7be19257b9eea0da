/** Whose a pin on an image is. */
export interface HeldPin {
  readonly node: string;
  readonly name: string;
  readonly by: string;
}

/** Which image is on which node, and which of them is pinned by whom. */
export class Images {
  readonly #held = new Set<string>();
  readonly #pins = new Map<string, HeldPin>();

  get pins(): readonly HeldPin[] {
    return [...this.#pins.values()];
  }

  pin(node: string, name: string, by: string): void {
    this.#pins.set(`${node} ${name}`, { node, name, by });
  }

  /** A later one's on the same name stays. */
  unpin(node: string, name: string, by: string): void {
    if (this.#pins.get(`${node} ${name}`)?.by === by) this.#pins.delete(`${node} ${name}`);
  }

  load(node: string, name: string): void {
    this.#held.add(`${node} ${name}`);
  }

  remove(node: string, name: string): void {
    this.#held.delete(`${node} ${name}`);
    this.#pins.delete(`${node} ${name}`);
  }

  has(node: string, name: string): boolean {
    return this.#held.has(`${node} ${name}`);
  }
}
