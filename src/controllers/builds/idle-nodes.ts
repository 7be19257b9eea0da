import { compare } from './line.ts';

interface Node {
  readonly name: string;
  /** Builds on it, when it was put here: there may be more by now, never fewer. */
  readonly load: number;
}

export interface Loads {
  readonly loadOf: (node: string) => number;
  /** For whom this is asked. What is full stays so. */
  readonly isFull: (node: string) => boolean;
}

/** The nodes from which one is to be taken after the other, always the idlest: none is gone through for each build. */
export class IdleNodes {
  /** In order of their loads, then of their names. */
  #nodes: Node[];

  constructor(nodes: Iterable<string>, loadOf: Loads['loadOf']) {
    this.#nodes = Array.from(nodes, (name) => ({ name, load: loadOf(name) })).toSorted(byLoad);
  }

  /** The same nodes, for somebody to whom others are full. */
  copy(): IdleNodes {
    const copy = new IdleNodes([], () => 0);
    copy.#nodes = [...this.#nodes];
    return copy;
  }

  first({ loadOf, isFull }: Loads): string | undefined {
    for (let [node] = this.#nodes; node !== undefined; [node] = this.#nodes) {
      const now = { name: node.name, load: loadOf(node.name) };
      if (now.load === node.load && !isFull(node.name)) return node.name;
      this.#nodes.shift();
      if (!isFull(node.name)) this.#nodes.splice(this.#before(now), 0, now);
    }
    return undefined;
  }

  #before(one: Node): number {
    const at = this.#nodes.findIndex((other) => byLoad(other, one) > 0);
    return at === -1 ? this.#nodes.length : at;
  }
}

function byLoad(a: Node, b: Node): number {
  return a.load - b.load || compare(a.name, b.name);
}
