/** Keys that wait, in groups that take turns: however many of one group wait, the next of another comes after at most one of each. */
export class Turns {
  readonly #groupOf: (key: string) => string;
  /** In the order of their turns; of each its keys in the order they came, with the time they did. */
  readonly #groups = new Map<string, Map<string, number>>();
  #size = 0;

  constructor(groupOf: (key: string) => string) {
    this.#groupOf = groupOf;
  }

  get size(): number {
    return this.#size;
  }

  sizeOf(group: string): number {
    return this.#groups.get(group)?.size ?? 0;
  }

  has(key: string): boolean {
    return this.#groups.get(this.#groupOf(key))?.has(key) === true;
  }

  /** False when it waits already. */
  add(key: string, nowMs: number): boolean {
    const group = this.#groupOf(key);
    const keys = this.#groups.get(group) ?? new Map<string, number>();
    if (keys.has(key)) return false;
    this.#groups.set(group, keys.set(key, nowMs));
    this.#size++;
    return true;
  }

  delete(key: string): void {
    const group = this.#groupOf(key);
    const keys = this.#groups.get(group);
    if (keys?.delete(key) !== true) return;
    this.#size--;
    if (keys.size === 0) this.#groups.delete(group);
  }

  /** The next key of the first group that may go; its group goes to the end. One that may not keeps its turn. */
  take(mayGo: (group: string) => boolean = () => true): { readonly key: string; readonly since: number } | undefined {
    for (const [group, keys] of this.#groups) {
      if (!mayGo(group)) continue;
      for (const [key, since] of keys) {
        this.delete(key);
        this.#groups.delete(group);
        if (keys.size > 0) this.#groups.set(group, keys);
        return { key, since };
      }
    }
    return undefined;
  }
}
