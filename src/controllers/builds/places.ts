import { ceilings } from '../../api/ceilings.ts';
import { IdleNodes } from './idle-nodes.ts';
import { byAge, compare, type Standing } from './line.ts';
import type { FitSettings, Fits } from './node-fit.ts';
import type { BuildSettings } from './settings.ts';

/** A build that asks for a node. */
export interface Asking extends Standing {
  readonly namespace: string;
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
  readonly fits: Fits;
}

export type Place =
  | { readonly is: 'given'; readonly node: string }
  /** A node fits, but others come first or all is full. */
  | { readonly is: 'later' }
  /** So many of its namespace wait before it that it is not even in the queue. */
  | { readonly is: 'crowded' }
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
  const found = new Map<string, Place>(demand.asking.map(({ key }) => [key, { is: 'crowded' }]));
  for (const asking of inTurn(demand)) found.set(asking.key, floor.place(asking));
  return found;
}

/**
 * Namespaces take turns: one's next build comes as late as it has builds already, running or waiting longer than this. Among equals
 * the one that waits longest comes first. Of each namespace, the first so many.
 */
export function inTurn({ asking, active }: Pick<Demand, 'asking' | 'active'>): readonly Asking[] {
  const taken = countBy(active);
  const queued = new Map<string, number>();
  const withTurn = asking.toSorted(byAge).flatMap((one) => {
    const before = queued.get(one.namespace) ?? 0;
    queued.set(one.namespace, before + 1);
    return before >= ceilings.queued.value ? [] : [{ one, turn: before + (taken.get(one.namespace) ?? 0) }];
  });
  return withTurn.toSorted((a, b) => a.turn - b.turn).map(({ one }) => one);
}

function countBy(active: readonly Active[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { namespace } of active) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return counts;
}

/** What keeps a build from any place, whoever else asks; undefined: nothing. */
export function hopelessPlace(asking: Asking, fits: Fits): Place | undefined {
  const { fitting, refusals } = fits.of(asking.system);
  if (asking.loadedOn.length > 0 && wantedNodes(asking, fits).length === 0) return { is: 'unwanted' };
  return fitting.size === 0 ? { is: 'nowhere', refusals } : undefined;
}

/** Nodes on which Pods wait and that can build. */
function wantedNodes({ waitingPods, system, loadedOn }: Asking, fits: Fits): readonly string[] {
  const { fitting } = fits.of(system);
  return [...waitingPods.keys()].filter((node) => fitting.has(node) && !loadedOn.includes(node));
}

/**
 * The nodes while they are being given away. What one namespace has is all but one slot at most, of a node and in all: a build may
 * take hours, and whoever comes meanwhile is not to wait for that.
 */
class Floor {
  readonly #settings: PlaceSettings;
  readonly #fits: Fits;
  /** By node, and by node and namespace. */
  readonly #load = new Map<string, number>();
  readonly #taken: Map<string, number>;
  /** Systems of which a namespace can have no node more: it stays so, since nothing is given back here. */
  readonly #full = new Set<string>();
  /** By system, and by namespace and system. */
  readonly #idle = new Map<string, IdleNodes>();
  #free: number;

  constructor({ active, fits }: Omit<Demand, 'asking'>, settings: PlaceSettings) {
    this.#settings = settings;
    this.#fits = fits;
    this.#free = settings.maxBuilds - active.length;
    this.#taken = countBy(active);
    for (const one of active) this.#take(one);
  }

  place(asking: Asking): Place {
    const { namespace } = asking;
    const hopeless = hopelessPlace(asking, this.#fits);
    if (hopeless !== undefined) return hopeless;
    const node = this.#mayHaveOne(namespace) ? this.#best(asking) : undefined;
    if (node === undefined) return { is: 'later' };
    this.#free -= 1;
    this.#taken.set(namespace, (this.#taken.get(namespace) ?? 0) + 1);
    this.#take({ namespace, node });
    return { is: 'given', node };
  }

  #mayHaveOne(namespace: string): boolean {
    return this.#free > 0 && (this.#taken.get(namespace) ?? 0) < allButOne(this.#settings.maxBuilds);
  }

  /** Images are not carried between nodes: where Pods wait, there it is built, even if that has to wait. */
  #best(asking: Asking): string | undefined {
    const { namespace, system } = asking;
    const wanted = wantedNodes(asking, this.#fits);
    if (wanted.length > 0) return this.#bestOf(wanted, asking);
    const which = `${namespace} ${system}`;
    if (this.#full.has(which)) return undefined;
    const best = this.#bestOf(this.#warm(asking), asking) ?? this.#idlest(which, asking);
    if (best === undefined) this.#full.add(which);
    return best;
  }

  /** Where its flake has been built before and that can build. */
  #warm({ warm, system }: Asking): readonly string[] {
    const { fitting } = this.#fits.of(system);
    return [...warm].filter((node) => fitting.has(node));
  }

  #idlest(which: string, { namespace, system }: Asking): string | undefined {
    const loadOf = (node: string) => this.#loadOf(node);
    const all = this.#idle.get(system) ?? new IdleNodes(this.#fits.of(system).fitting, loadOf);
    const own = this.#idle.get(which) ?? all.copy();
    this.#idle.set(system, all).set(which, own);
    return own.first({ loadOf, isFull: (node) => this.#isFull(node, namespace) });
  }

  /** One where most Pods wait, then one whose store knows the flake, then the idlest, then the first by name. */
  #bestOf(names: readonly string[], { waitingPods, warm, namespace }: Asking): string | undefined {
    let best: Candidate | undefined;
    for (const name of names) {
      if (this.#isFull(name, namespace)) continue;
      const waiting = waitingPods.get(name) ?? 0;
      const one = { name, waiting, isWarm: warm.has(name), load: this.#loadOf(name) };
      if (best === undefined || preference(one, best) < 0) best = one;
    }
    return best?.name;
  }

  #isFull(node: string, namespace: string): boolean {
    const most = this.#settings.maxBuildsPerNode;
    return this.#loadOf(node) >= most || this.#loadOf(share(node, namespace)) >= allButOne(most);
  }

  #loadOf(what: string): number {
    return this.#load.get(what) ?? 0;
  }

  #take({ node, namespace }: Active): void {
    for (const what of [node, share(node, namespace)]) this.#load.set(what, this.#loadOf(what) + 1);
  }
}

/** A node with what decides for it, looked up once. */
interface Candidate {
  readonly name: string;
  readonly waiting: number;
  readonly isWarm: boolean;
  readonly load: number;
}

function preference(a: Candidate, b: Candidate): number {
  return b.waiting - a.waiting || Number(b.isWarm) - Number(a.isWarm) || a.load - b.load || compare(a.name, b.name);
}

/** Of a single slot nothing can be kept for others. */
function allButOne(slots: number): number {
  return Math.max(1, slots - 1);
}

function share(node: string, namespace: string): string {
  return `${node} ${namespace}`;
}
