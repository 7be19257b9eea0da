import { jobKey } from '../../cluster-view/belonging.ts';
import { mayRun } from '../../cluster-view/may-run.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { isAsking, isWithoutNode, roadIndexes } from '../../cluster-view/road.ts';
import type { Clock } from '../../runtime/clock.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { Change, ObjectStore } from '../../runtime/store.ts';
import { Applicants } from './applicants.ts';
import { jobsOf } from './jobs-of.ts';
import { Line } from './line.ts';
import { Fits } from './node-fit.ts';
import { type Active, hopelessPlace, type Place, type PlaceSettings, places } from './places.ts';
import type { BuildSettings } from './settings.ts';

export interface AdmissionStores {
  readonly builds: ObjectStore<NixBuild, 'road' | 'warm'>;
  readonly nodes: ObjectStore<NodeView>;
  readonly pods: ObjectStore<PodView, 'asks'>;
  readonly jobs: ObjectStore<JobView, 'build'>;
  /** Pods of enbi's own Jobs. */
  readonly jobPods: ObjectStore<PodView, 'job'>;
}

export type AdmissionSettings = PlaceSettings & Pick<BuildSettings, 'namespace'>;

/** Who keeps the time, and looks at a build that can have a place now. */
export interface Desk {
  readonly clock: Clock;
  readonly look: (key: string) => void;
}

/** A place that was given and that the build's status does not show yet. */
interface Given {
  readonly node: string;
  readonly resourceVersion: string;
}

/**
 * Whoever changes things all the time has places worked out no more often, nor for more than a tenth of the time; but twice a second, however
 * long it takes on a machine that is hard pressed: others wait for that.
 */
const betweenMs = 100;
const shareOfTime = 10;
const longestBetweenMs = 500;
/** Between two of those times, namespaces that are answered at once: each once, so that none waits for what another one changes. */
const mostBetween = 5;

/**
 * Gives builds their places, so that never more run than may. Several passes decide at once, and between two of them new
 * builds come that go before the older ones: so a place that was given counts as taken from that moment on, until the build
 * has been seen to change. That is all that is remembered; the rest is worked out from the cluster, for all builds at once: when
 * somebody asks, and again when something has changed, at most every 100 ms. A place found so is good until the next time, since
 * nothing takes one but who was given it. Then those are looked at that may go, and no others, however many wait.
 */
export class Admission {
  readonly #stores: AdmissionStores;
  readonly #settings: AdmissionSettings;
  readonly #desk: Desk;
  readonly #given = new Map<string, Given>();
  #places: ReadonlyMap<string, Place> = new Map();
  /** Of the builds that places were found for. */
  #versions: ReadonlyMap<string, string> = new Map();
  #fits: Fits | undefined;
  #isStale = true;
  #nextMs = Number.NEGATIVE_INFINITY;
  #timerIsSet = false;
  /** Those that asked when it was too early to work anything out for them. */
  #unanswered = new Set<string>();
  readonly #line: Line;
  /** Namespaces for which places have been worked out since the last time that was due. */
  #between = new Set<string>();

  constructor(stores: AdmissionStores, settings: AdmissionSettings, desk: Desk) {
    this.#stores = stores;
    this.#settings = settings;
    this.#desk = desk;
    this.#line = new Line(stores.builds);
    const outdate = () => this.#outdate();
    stores.builds.subscribe((change) => {
      if (concernsPlaces(change)) outdate();
    });
    stores.nodes.subscribe(() => {
      this.#fits = undefined;
      outdate();
    });
    stores.pods.subscribe(outdate);
    const outdateForGoing = () => {
      if (stores.builds.has('road', 'going')) outdate();
    };
    stores.jobs.subscribe(outdateForGoing);
    stores.jobPods.subscribe(outdateForGoing);
  }

  /**
   * The place of a build without a node, kept for it from now on; undefined for any other, and for one that will be looked at again
   * in a moment. Decide at once: it is of this moment.
   */
  place(key: string): Place | undefined {
    // Asked again, it has not made use of what it was given.
    if (this.#given.delete(key)) this.#outdate();
    const build = this.#stores.builds.get(key);
    if (build === undefined || !isWithoutNode(build)) return undefined;
    if (this.#isStale && !this.isCrowded(build) && this.#mayWork(build.metadata.namespace ?? '')) this.#work(key);
    const place = this.#found(key, build);
    if (place?.is === 'given') {
      this.#given.set(key, { node: place.node, resourceVersion: build.metadata.resourceVersion });
    } else if (place === undefined) {
      this.#unanswered.add(key);
      this.#outdate();
    }
    return place;
  }

  /** It asks, and so many of its namespace wait before it that it is not even in the queue. */
  isCrowded(build: NixBuild): boolean {
    return isAsking(build) && this.#line.isCrowded(build);
  }

  #found(key: string, build: NixBuild): Place | undefined {
    const hopeless = hopelessPlace(new Applicants(this.#stores).from(build), this.#fit());
    if (hopeless !== undefined) return hopeless;
    // One that no node fitted does not stand in the queue: when one fits, it has to join before it can be given a place.
    if (!isAsking(build)) return { is: 'later' };
    if (this.isCrowded(build)) return { is: 'crowded' };
    const found = this.#places.get(key);
    return found?.is === 'later' ? found : this.#stillGiven(build, found);
  }

  /** Build and node may have changed since. */
  #stillGiven({ metadata, spec }: NixBuild, found: Place | undefined): Place | undefined {
    if (found?.is !== 'given' || this.#versions.get(keyOf(metadata)) !== metadata.resourceVersion) return undefined;
    return this.#fit().of(spec.system).fitting.has(found.node) ? found : undefined;
  }

  #outdate(): void {
    this.#isStale = true;
    const somebodyWaits = this.#places.size > 0 || this.#unanswered.size > 0;
    if (this.#timerIsSet || !somebodyWaits) return;
    this.#timerIsSet = true;
    this.#desk.clock.setTimer(Math.max(0, this.#leftMs()), () => {
      this.#timerIsSet = false;
      if (this.#isStale) this.#work();
    });
  }

  #mayWork(namespace: string): boolean {
    if (this.#leftMs() <= 0) return true;
    if (this.#between.has(namespace) || this.#between.size >= mostBetween) return false;
    this.#between.add(namespace);
    return true;
  }

  /** Until places may be worked out again. */
  #leftMs(): number {
    return this.#nextMs - this.#desk.clock.monotonicMs();
  }

  /** All that may go are looked at, but for the one that asks: it is being looked at. */
  #work(asker?: string): void {
    this.#isStale = false;
    const beganMs = this.#desk.clock.monotonicMs();
    const isDue = this.#leftMs() <= 0;
    const applicants = new Applicants(this.#stores);
    const waiting = this.#waiting();
    const asking = waiting.map((build) => applicants.from(build));
    this.#places = places({ asking, active: this.#active(), fits: this.#fit() }, this.#settings);
    this.#versions = new Map(waiting.map(({ metadata }) => [keyOf(metadata), metadata.resourceVersion]));
    const tookMs = this.#desk.clock.monotonicMs() - beganMs;
    if (isDue) {
      this.#nextMs = beganMs + Math.min(Math.max(betweenMs, tookMs * shareOfTime), longestBetweenMs);
      this.#between.clear();
    }
    const unanswered = this.#unanswered;
    this.#unanswered = new Set();
    for (const [key, { is }] of this.#places) if (is === 'given') unanswered.add(key);
    if (asker !== undefined) unanswered.delete(asker);
    for (const key of unanswered) this.#desk.look(key);
  }

  #waiting(): readonly NixBuild[] {
    const keys = this.#line.heads().filter((key) => !this.#given.has(key));
    return keys.map((key) => this.#stores.builds.get(key)).filter((build) => build !== undefined);
  }

  #fit(): Fits {
    this.#fits ??= new Fits(this.#stores.nodes.list(), this.#settings);
    return this.#fits;
  }

  #active(): readonly Active[] {
    const running = this.#stores.builds
      .by('road', 'active')
      .map((build) => activeOn(build, build.status.buildNode ?? ''));
    return [...running, ...this.#going(), ...this.#onTheirWay()];
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
}

/** Progress of a build that has its node, and whatever becomes of records, moves nobody. */
function concernsPlaces({ before, after }: Change<NixBuild>): boolean {
  const [was, is] = [before, after].map((build) => build && roadIndexes.road(build)[0]);
  if (was !== is || before?.status.buildNode !== after?.status.buildNode) return true;
  return [before, after].some((build) => build !== undefined && isAsking(build));
}

function activeOn({ metadata }: NixBuild, node: string): Active {
  return { namespace: metadata.namespace ?? '', node };
}
