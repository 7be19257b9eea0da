import type { Refusal } from '../runtime/refusals.ts';

/** What the API server refused to the agents of each node: it is told where people look, on the builds that wait for them. */
export class RefusedAgents {
  readonly #byNode = new Map<string, readonly Refusal[]>();
  readonly #changed: (node: string) => void;

  constructor(changed: (node: string) => void) {
    this.#changed = changed;
  }

  of(node: string): readonly Refusal[] {
    return this.#byNode.get(node) ?? [];
  }

  /** Of each pass over the agents of a node. */
  note(node: string, refusals: readonly Refusal[]): void {
    const before = this.of(node);
    if (refusals.length === 0) this.#byNode.delete(node);
    else this.#byNode.set(node, refusals);
    if (times(before) !== times(refusals)) this.#changed(node);
  }
}

function times(refusals: readonly Refusal[]): string {
  return refusals.map(({ verb, ref, times: tries }) => `${verb} ${ref.name} ${tries}`).join();
}
