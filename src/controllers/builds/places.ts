import type { NodeView } from '../../cluster-view/node.ts';
import { type Fit, type FitSettings, fitOf } from './node-fit.ts';
import type { BuildSettings } from './settings.ts';

/** A build that asks for a node. */
export interface Asking {
  readonly key: string;
  readonly namespace: string;
  readonly createdAt: string;
  readonly system: string;
  /** Pods that wait for the image, by node. */
  readonly waitingPods: ReadonlyMap<string, number>;
  /** Nodes on which the flake has been built before. */
  readonly warm: ReadonlySet<string>;
  /** Nodes that have the image. With any, only others on which Pods wait come into question. */
  readonly loadedOn: readonly string[];
}

/** A build that has a node. */
export interface Active {
  readonly namespace: string;
  readonly node: string;
}

export interface Demand {
  readonly asking: readonly Asking[];
  readonly active: readonly Active[];
  readonly nodes: readonly NodeView[];
}

export type Place =
  | { readonly is: 'given'; readonly node: string }
  /** A node fits, but others come first or all is full. */
  | { readonly is: 'later' }
  | { readonly is: 'nowhere'; readonly refusals: ReadonlyMap<string, number> }
  /** The image is loaded, and nobody waits for it on another node that could build it. */
  | { readonly is: 'unwanted' };

export type PlaceSettings = FitSettings & Pick<BuildSettings, 'maxBuilds' | 'maxBuildsPerNode'>;

/**
 * Which of the builds that ask may begin now, and where. All are placed together, in turn: whoever works it out, for
 * whichever build, comes to the same. One that cannot go anywhere now keeps no slot from those behind it.
 */
export function places(demand: Demand, settings: PlaceSettings): ReadonlyMap<string, Place> {
  const floor = new Floor(demand, settings);
  return new Map(inTurn(demand).map((asking) => [asking.key, floor.place(asking)]));
}

/**
 * Namespaces take turns: one's next build comes as late as it has builds already, running or older than this. Among equals
 * the older comes first.
 */
export function inTurn({ asking, active }: Pick<Demand, 'asking' | 'active'>): readonly Asking[] {
  const taken = new Map<string, number>();
  for (const { namespace } of active) taken.set(namespace, (taken.get(namespace) ?? 0) + 1);
  const withTurn = asking.toSorted(byAge).map((one) => {
    const turn = taken.get(one.namespace) ?? 0;
    taken.set(one.namespace, turn + 1);
    return { one, turn };
  });
  return withTurn.toSorted((a, b) => a.turn - b.turn).map(({ one }) => one);
}

function byAge(a: Asking, b: Asking): number {
  return compare(a.createdAt, b.createdAt) || compare(a.key, b.key);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The nodes while they are being given away. */
class Floor {
  readonly #nodes: readonly NodeView[];
  readonly #settings: PlaceSettings;
  readonly #load = new Map<string, number>();
  readonly #fits = new Map<string, Fit>();
  /** Systems of which every node is full: it stays so, since nothing is given back here. */
  readonly #full = new Set<string>();
  #free: number;

  constructor({ nodes, active }: Demand, settings: PlaceSettings) {
    this.#nodes = nodes;
    this.#settings = settings;
    this.#free = settings.maxBuilds - active.length;
    for (const { node } of active) this.#take(node);
  }

  place(asking: Asking): Place {
    const { fitting, refusals } = this.#fit(asking.system);
    const wanted = [...asking.waitingPods.keys()].filter(
      (node) => fitting.has(node) && !asking.loadedOn.includes(node),
    );
    if (asking.loadedOn.length > 0 && wanted.length === 0) return { is: 'unwanted' };
    if (fitting.size === 0) return { is: 'nowhere', refusals };
    // Images are not carried between nodes: where Pods wait, there it is built, even if that has to wait.
    const node = this.#free > 0 ? this.#best(asking, wanted) : undefined;
    if (node === undefined) return { is: 'later' };
    this.#free -= 1;
    this.#take(node);
    return { is: 'given', node };
  }

  #fit(system: string): Fit {
    const known = this.#fits.get(system);
    if (known !== undefined) return known;
    const fit = fitOf(system, this.#nodes, this.#settings);
    this.#fits.set(system, fit);
    return fit;
  }

  #best(asking: Asking, wanted: readonly string[]): string | undefined {
    if (wanted.length > 0) return this.#bestOf(wanted, asking);
    if (this.#full.has(asking.system)) return undefined;
    const best = this.#bestOf(this.#fit(asking.system).fitting, asking);
    if (best === undefined) this.#full.add(asking.system);
    return best;
  }

  /** One where a Pod waits, then one whose store knows the flake, then the idlest, then the first by name. */
  #bestOf(names: Iterable<string>, { waitingPods, warm }: Asking): string | undefined {
    const preference = (a: string, b: string) =>
      (waitingPods.get(b) ?? 0) - (waitingPods.get(a) ?? 0) ||
      Number(warm.has(b)) - Number(warm.has(a)) ||
      this.#loadOf(a) - this.#loadOf(b) ||
      compare(a, b);
    let best: string | undefined;
    for (const name of names) {
      if (this.#loadOf(name) >= this.#settings.maxBuildsPerNode) continue;
      if (best === undefined || preference(name, best) < 0) best = name;
    }
    return best;
  }

  #loadOf(node: string): number {
    return this.#load.get(node) ?? 0;
  }

  #take(node: string): void {
    this.#load.set(node, this.#loadOf(node) + 1);
  }
}
