import { listOf, rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import type { Division } from './division.ts';
import { keyOfLive, type Live, liveOf } from './live.ts';
import type { RawApi } from './raw-api.ts';

/** What enbi watches: where each lies on the API server. */
export const collections = {
  namespaces: '/api/v1',
  nodes: '/api/v1',
  persistentvolumes: '/api/v1',
  persistentvolumeclaims: '/api/v1',
  pods: '/api/v1',
  jobs: '/apis/batch/v1',
  nixbuilds: '/apis/enbi.hrzn.ee/v1alpha1',
  nixstores: '/apis/enbi.hrzn.ee/v1alpha1',
  leases: '/apis/coordination.k8s.io/v1',
  // enbi makes none; if it did, somebody would have to look.
  configmaps: '/api/v1',
} as const;
export type Plural = keyof typeof collections;
export const plurals = Object.keys(collections) as Plural[];

export function isMirrored(plural: string): plural is Plural {
  return plural in collections;
}

export interface MirrorEvent {
  readonly plural: Plural;
  readonly resourceVersion: number;
  readonly before?: Live;
  readonly after?: Live;
}

/**
 * All that enbi could see of the API server, followed by one watch for each resource, however many controllers are tried at
 * once: a list and a watch of theirs would be most of what a plan costs. It tells each world what happens in it.
 */
export class Mirror {
  readonly #api: RawApi;
  readonly #objects = new Map(plurals.map((plural) => [plural, new Map<string, Live>()]));
  readonly #reached = new Map<Plural, number>();
  readonly #listeners = new Map<string, (event: MirrorEvent) => void>();
  readonly #division: Division;
  readonly #waiting = new Set<{ readonly isOver: () => boolean; readonly resolve: () => void }>();
  readonly #stop = new AbortController();

  private constructor(api: RawApi, division: Division) {
    this.#api = api;
    this.#division = division;
  }

  static async start(api: RawApi, division: Division): Promise<Mirror> {
    const mirror = new Mirror(api, division);
    await Promise.all(plurals.map((plural) => mirror.#list(plural)));
    for (const plural of plurals) void mirror.#follow(plural);
    return mirror;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Everything written up to here has been told. */
  reached(plural: Plural): number {
    return this.#reached.get(plural) ?? 0;
  }

  ofWorld(plural: Plural, world: string): readonly Live[] {
    return [...this.#of(plural).values()].filter((live) => this.#division.worldOf(live) === world);
  }

  listen(world: string, listener: (event: MirrorEvent) => void): () => void {
    this.#listeners.set(world, listener);
    return () => this.#listeners.delete(world);
  }

  async until(isOver: () => boolean): Promise<void> {
    if (!isOver()) await new Promise<void>((resolve) => this.#waiting.add({ isOver, resolve }));
  }

  /** The write of this version has been told. */
  hasSeen(plural: Plural, resourceVersion: string): boolean {
    return this.reached(plural) >= Number(resourceVersion);
  }

  holds(plural: Plural, uid: string): Live | undefined {
    return [...this.#of(plural).values()].find(({ metadata }) => metadata.uid === uid);
  }

  #of(plural: Plural): Map<string, Live> {
    return this.#objects.get(plural) ?? new Map<string, Live>();
  }

  async #list(plural: Plural): Promise<void> {
    const answer = await this.#api.ask({ method: 'GET', path: `${collections[plural]}/${plural}` });
    const list = rawOf(JSON.parse(answer.text));
    for (const item of listOf(list.items)) this.#of(plural).set(keyOfLive(liveOf(item)), liveOf(item));
    this.#reached.set(plural, Number(textOf(rawOf(list.metadata).resourceVersion)));
  }

  async #follow(plural: Plural): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const from = `resourceVersion=${this.reached(plural)}&allowWatchBookmarks=true&watch=true&timeoutSeconds=3600`;
      const path = `${collections[plural]}/${plural}?${from}`;
      try {
        await this.#api.watch(path, this.#stop.signal, (line) => this.#take(plural, line));
      } catch (thrown) {
        // Whoever is tried has no view to be tried on any more.
        if (!this.#stop.signal.aborted) throw thrown;
      }
    }
  }

  #take(plural: Plural, line: string): void {
    if (this.#isOfOthers(line)) return this.#reach(plural, Number(/"resourceVersion":"(\d+)"/.exec(line)?.[1]));
    const { type, object } = JSON.parse(line) as { type: string; object: unknown };
    if (type === 'ERROR') throw new Error(`the mirror lost its watch on ${plural}: ${line}`);
    const resourceVersion = Number(textOf(rawOf(rawOf(object).metadata).resourceVersion));
    this.#reached.set(plural, resourceVersion);
    if (type !== 'BOOKMARK') this.#tell(plural, type, liveOf(object));
    this.#reach(plural, resourceVersion);
  }

  /** Worlds of another process: there are many events, and to read them all would be most of the work. */
  #isOfOthers(line: string): boolean {
    if (!line.startsWith('{"type":"ADDED"') && !line.startsWith('{"type":"MODIFIED"')) return false;
    return !this.#division.mayHold(line);
  }

  #reach(plural: Plural, resourceVersion: number): void {
    this.#reached.set(plural, resourceVersion);
    for (const waiting of this.#waiting) {
      if (!waiting.isOver()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #tell(plural: Plural, type: string, live: Live): void {
    const objects = this.#of(plural);
    const key = keyOfLive(live);
    const before = objects.get(key);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, live);
    this.#listeners.get(this.#division.worldOf(live))?.({
      plural,
      resourceVersion: this.reached(plural),
      ...(before === undefined ? {} : { before }),
      ...(type === 'DELETED' ? {} : { after: live }),
    });
  }
}
