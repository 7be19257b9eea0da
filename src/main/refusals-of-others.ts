import type { Refusal } from '../runtime/refusals.ts';

/**
 * What the API server refused where others work for a build, by the key of their controller (an agent's node, a builder's Job): it is told where people look, on the
 * builds that wait for them.
 */
export class RefusalsOfOthers {
  readonly #byKey = new Map<string, readonly Refusal[]>();
  readonly #changed: (key: string) => void;

  constructor(changed: (key: string) => void) {
    this.#changed = changed;
  }

  of(key: string): readonly Refusal[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Of each pass over that key. */
  note(key: string, refusals: readonly Refusal[]): void {
    const before = this.of(key);
    if (refusals.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, refusals);
    if (times(before) !== times(refusals)) this.#changed(key);
  }
}

function times(refusals: readonly Refusal[]): string {
  return refusals.map(({ verb, ref, times: tries }) => `${verb} ${ref.name} ${tries}`).join();
}
