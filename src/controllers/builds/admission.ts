import { jobKey } from '../../cluster-view/belonging.ts';
import { mayRun } from '../../cluster-view/may-run.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { isWithoutNode, warmKey } from '../../cluster-view/road.ts';
import { keyOf, type Observed } from '../../runtime/kube-object.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import { jobsOf } from './jobs-of.ts';
import { type Active, type Asking, type Place, type PlaceSettings, places } from './places.ts';
import type { BuildSettings } from './settings.ts';
import { waitingPodsOf } from './waiting-pods.ts';

export interface AdmissionStores {
  readonly builds: ObjectStore<NixBuild, 'road' | 'warm'>;
  readonly nodes: ObjectStore<NodeView>;
  readonly pods: ObjectStore<PodView, 'image'>;
  readonly jobs: ObjectStore<JobView, 'build'>;
  /** Pods of enbi's own Jobs. */
  readonly jobPods: ObjectStore<PodView, 'job'>;
}

export type AdmissionSettings = PlaceSettings & Pick<BuildSettings, 'namespace'>;

/** A place that was given and that the build's status does not show yet. */
interface Given {
  readonly node: string;
  readonly resourceVersion: string;
}

/**
 * Gives builds their places, so that never more run than may. Several passes decide at once, and between two of them new
 * builds come that go before the older ones: so a place that was given counts as taken from that moment on, until the build
 * has been seen to change. That is all that is remembered; the rest is worked out from the cluster, once for each of its states.
 */
export class Admission {
  readonly #stores: AdmissionStores;
  readonly #settings: AdmissionSettings;
  readonly #given = new Map<string, Given>();
  #places: ReadonlyMap<string, Place> | undefined;

  constructor(stores: AdmissionStores, settings: AdmissionSettings) {
    this.#stores = stores;
    this.#settings = settings;
    const forget = () => {
      this.#places = undefined;
    };
    const all: readonly Pick<ObjectStore<Observed>, 'subscribe'>[] = [
      stores.builds,
      stores.nodes,
      stores.pods,
      stores.jobs,
      stores.jobPods,
    ];
    for (const store of all) store.subscribe(forget);
  }

  /** The place of a build without a node, kept for it from now on; undefined for any other. Decide at once: it is of this moment. */
  place(key: string): Place | undefined {
    // Asked again, it has not made use of what it was given.
    if (this.#given.delete(key)) this.#places = undefined;
    const build = this.#stores.builds.get(key);
    if (build === undefined || !isWithoutNode(build)) return undefined;
    this.#places ??= this.#work();
    const place = this.#places.get(key) ?? this.#outside(build);
    if (place.is === 'given') {
      this.#given.set(key, { node: place.node, resourceVersion: build.metadata.resourceVersion });
      this.#places = undefined;
    }
    return place;
  }

  #work(): ReadonlyMap<string, Place> {
    const rest = this.#rest();
    const asking = this.#stores.builds.by('road', 'asking').filter(({ metadata }) => !this.#given.has(keyOf(metadata)));
    return places({ asking: asking.map((build) => this.#ask(build)), ...rest }, this.#settings);
  }

  /** One that no node fitted does not stand in the queue: when one fits, it has to join before it can be given a place. */
  #outside(build: NixBuild): Place {
    const alone = places({ asking: [this.#ask(build)], ...this.#rest() }, this.#settings);
    const place = alone.get(keyOf(build.metadata));
    return place === undefined || place.is === 'given' ? { is: 'later' } : place;
  }

  #rest(): { readonly active: readonly Active[]; readonly nodes: readonly NodeView[] } {
    const running = this.#stores.builds
      .by('road', 'active')
      .map((build) => activeOn(build, build.status.buildNode ?? ''));
    return { active: [...running, ...this.#going(), ...this.#onTheirWay()], nodes: this.#stores.nodes.list() };
  }

  /** Those that are being deleted, as long as something of them runs. */
  #going(): readonly Active[] {
    const { builds, jobs, jobPods } = this.#stores;
    const runs = (build: NixBuild) =>
      jobsOf(build, jobs, this.#settings.namespace).some((job) => mayRun(job, jobPods.by('job', jobKey(job))));
    return builds
      .by('road', 'going')
      .filter(runs)
      .map((build) => activeOn(build, build.status.buildNode ?? ''));
  }

  #onTheirWay(): readonly Active[] {
    return [...this.#given].flatMap(([key, { node, resourceVersion }]) => {
      const build = this.#stores.builds.get(key);
      if (build?.metadata.resourceVersion === resourceVersion) return [activeOn(build, node)];
      this.#given.delete(key);
      return [];
    });
  }

  #ask(build: NixBuild): Asking {
    const { metadata, spec, status } = build;
    const waitingPods = new Map<string, number>();
    for (const { nodeName = '' } of waitingPodsOf(build, this.#stores)) {
      waitingPods.set(nodeName, (waitingPods.get(nodeName) ?? 0) + 1);
    }
    const built = this.#stores.builds.by('warm', warmKey(build));
    return {
      key: keyOf(metadata),
      namespace: metadata.namespace ?? '',
      createdAt: metadata.creationTimestamp ?? '',
      system: spec.system,
      waitingPods,
      warm: new Set(built.map((other) => other.status.buildNode ?? '')),
      loadedOn: status.nodes ?? [],
    };
  }
}

function activeOn({ metadata }: NixBuild, node: string): Active {
  return { namespace: metadata.namespace ?? '', node };
}
