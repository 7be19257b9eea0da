/** The names of images that one object names, as numbers (name-digest.ts). */
export interface ImageNames {
  /** Namespace of a Pod; empty for a node. */
  readonly owner: string;
  /** Its annotations ask enbi for images. */
  readonly asks: boolean;
  /** Of images that it has. */
  readonly held: readonly number[];
  /** Of the others. */
  readonly awaited: readonly number[];
}

/** How many objects of one owner use one name. */
export interface Uses {
  readonly all: number;
  /** Of those, such as ask enbi for nothing and have the image. */
  readonly settled: number;
}

/**
 * Whose objects use an image name: nobody who asks has to go through them. Of one owner only so many names are noted; what goes beyond
 * is that owner's own loss.
 */
export class NameUses {
  /** By name, then by owner. */
  readonly #uses = new Map<number, Map<string, Uses>>();
  /** How many names of an owner are noted. */
  readonly #noted = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  of(name: number): ReadonlyMap<string, Uses> {
    return this.#uses.get(name) ?? none;
  }

  count({ owner, asks, held, awaited }: ImageNames, by: 1 | -1): void {
    for (const name of held) this.#change(name, owner, { all: by, settled: asks ? 0 : by });
    for (const name of awaited) this.#change(name, owner, { all: by, settled: 0 });
  }

  #change(name: number, owner: string, by: Uses): void {
    const before = this.of(name).get(owner);
    const isNew = before === undefined;
    if (isNew && (by.all < 0 || (this.#noted.get(owner) ?? 0) >= this.#most)) return;
    const all = (before?.all ?? 0) + by.all;
    if (isNew) this.#noted.set(owner, (this.#noted.get(owner) ?? 0) + 1);
    if (all > 0) this.#note(name, owner, { all, settled: (before?.settled ?? 0) + by.settled });
    else this.#forget(name, owner);
  }

  #note(name: number, owner: string, uses: Uses): void {
    const byOwner = this.#uses.get(name) ?? new Map<string, Uses>();
    this.#uses.set(name, byOwner.set(owner, uses));
  }

  #forget(name: number, owner: string): void {
    const byOwner = this.#uses.get(name);
    byOwner?.delete(owner);
    if (byOwner?.size === 0) this.#uses.delete(name);
    const left = (this.#noted.get(owner) ?? 1) - 1;
    if (left > 0) this.#noted.set(owner, left);
    else this.#noted.delete(owner);
  }
}

const none: ReadonlyMap<string, Uses> = new Map();
