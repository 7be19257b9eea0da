import { askedKeys } from '../../cluster-view/asking.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { warmKey } from '../../cluster-view/road.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import { waitsSince } from './line.ts';
import type { Asking } from './places.ts';
import { waitingUnder } from './waiting-pods.ts';

interface Stores {
  readonly builds: ObjectStore<NixBuild, 'warm'>;
  readonly nodes: ObjectStore<NodeView>;
  readonly pods: ObjectStore<PodView, 'asks'>;
}

/** Builds as they ask for a place at one moment. What takes looking up is looked up when it decides something, and once. */
export class Applicants {
  readonly #stores: Stores;
  readonly #waiting = new Map<string, ReadonlyMap<string, number>>();
  readonly #warm = new Map<string, ReadonlySet<string>>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  from(build: NixBuild): Asking {
    const { metadata, spec, status } = build;
    const waiting = () => this.#waitingFor(build);
    const warm = () => this.#warmFor(build);
    return {
      key: keyOf(metadata),
      namespace: metadata.namespace ?? '',
      waitsSince: waitsSince(build),
      system: spec.system,
      loadedOn: status.nodes ?? [],
      get warm() {
        return warm();
      },
      get waitingPods() {
        return waiting();
      },
    };
  }

  #waitingFor(build: NixBuild): ReadonlyMap<string, number> {
    const [first, ...others] = askedKeys(build)
      .map((key) => this.#waitingUnder(key, build))
      .filter(({ size }) => size > 0);
    return others.reduce(sumOf, first ?? new Map());
  }

  /** Many builds may be of one image, and many Pods name it. */
  #waitingUnder(key: string, build: NixBuild): ReadonlyMap<string, number> {
    const which = `${build.spec.system} ${key}`;
    const known = this.#waiting.get(which);
    if (known !== undefined) return known;
    const counts = new Map<string, number>();
    for (const { nodeName = '' } of waitingUnder(key, build, this.#stores)) {
      counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1);
    }
    this.#waiting.set(which, counts);
    return counts;
  }

  /** Many builds may be of one flake. */
  #warmFor(build: NixBuild): ReadonlySet<string> {
    const which = warmKey(build);
    const known = this.#warm.get(which);
    if (known !== undefined) return known;
    const nodes = new Set(this.#stores.builds.by('warm', which).map(({ status }) => status.buildNode ?? ''));
    this.#warm.set(which, nodes);
    return nodes;
  }
}

function sumOf(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = new Map(one);
  for (const [node, count] of other) sum.set(node, (sum.get(node) ?? 0) + count);
  return sum;
}
