import { type HostileImage, hostileImage } from '../hostile/hostile-image.ts';
import type { Random } from '../hostile/random.ts';
import type { Item } from '../hostile/recipe.ts';
import { archiveRecipes } from '../hostile/recipes/bytes.ts';

/** What is tried next: an image spoilt by its grammar, or bytes that were worth keeping, spoilt once more. */
export interface Input {
  /** How it was made. */
  readonly story: string;
  readonly output: HostileImage['output'];
  readonly beside?: ReadonlyMap<string, Item>;
}

const keptAtMost = 2000;

export class Inputs {
  readonly #random: Random;
  readonly #kept: Buffer[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get kept(): number {
    return this.#kept.length;
  }

  next(): Input {
    if (this.#kept.length === 0 || this.#random.chance(0.25)) {
      const { seed, story, ...built } = hostileImage(this.#random.below(2 ** 31));
      return { ...built, story: `image ${seed} (${story})` };
    }
    const recipe = this.#random.pick(archiveRecipes);
    const from = this.#random.pick(this.#kept);
    const bytes = this.#random.chance(0.2) ? this.#spliced(from) : recipe.spoil(from, this.#random);
    return { story: `kept bytes (${recipe.name})`, output: bytes };
  }

  /** It made the reader do something new. */
  keep({ output, beside }: Input): void {
    if (!Buffer.isBuffer(output) || beside !== undefined || output.length > 200_000) return;
    if (this.#kept.length < keptAtMost) this.#kept.push(output);
    else this.#kept[this.#random.below(keptAtMost)] = output;
  }

  /** The first blocks of one, the last of another. */
  #spliced(from: Buffer): Buffer {
    const other = this.#random.pick(this.#kept);
    const at = 512 * this.#random.below(1 + from.length / 512);
    return Buffer.concat([from.subarray(0, at), other.subarray(512 * this.#random.below(1 + other.length / 512))]);
  }
}
