/** Under which values an object is found; empty: under none. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Finds objects by a value computed from them. Told of every removal and addition, in that order. */
export class ObjectIndex<T> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #byValue = new Map<string, Set<T>>();

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf;
  }

  by(value: string): readonly T[] {
    return [...(this.#byValue.get(value) ?? [])];
  }

  has(value: string): boolean {
    return this.#byValue.has(value);
  }

  add(object: T): void {
    for (const value of this.#valuesOf(object)) {
      const found = this.#byValue.get(value);
      if (found === undefined) this.#byValue.set(value, new Set([object]));
      else found.add(object);
    }
  }

  remove(object: T): void {
    for (const value of this.#valuesOf(object)) {
      const found = this.#byValue.get(value);
      found?.delete(object);
      if (found?.size === 0) this.#byValue.delete(value);
    }
  }
}
