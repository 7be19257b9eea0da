import { rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { isGoing, keyOfLive, type Live } from '../server/live.ts';
import { type Mirror, type MirrorEvent, type Plural, plurals } from '../server/mirror.ts';
import type { RawAnswer, RawApi } from '../server/raw-api.ts';
import type { WorldTime } from './world-time.ts';

/** Something that takes part in a world and may not be through with what it has been told. */
export interface Participant {
  readonly isAtRest: boolean;
}

export interface WorldOptions {
  readonly name: string;
  readonly clock: WorldTime;
  readonly tenant?: string;
  readonly home?: string;
  readonly isPlayed?: boolean;
}

const turnsAtRest = 12;
const longestUntoldMs = 50;
/** Of everybody's time. Whoever is not through by then never is. */
const longestUnrestMs = 300_000;

/**
 * One of many worlds on one API server: the objects whose names begin with its own, a time of its own, and all that happened.
 * To a controller behind the proxy it is the whole cluster.
 */
export class World {
  readonly name: string;
  readonly clock: WorldTime;
  readonly api: RawApi;
  /** The namespace of those who build, and enbi's. */
  readonly tenant: string;
  readonly home: string;
  /** There are no kubelets: what those are asked, somebody else answers. */
  readonly isPlayed: boolean;
  readonly participants = new Set<Participant>();
  readonly #mirror: Mirror;
  readonly #objects = new Map(plurals.map((plural) => [plural, new Map<string, Live>()]));
  readonly #log = new Map<Plural, MirrorEvent[]>(plurals.map((plural) => [plural, []]));
  readonly #listeners = new Set<(event: MirrorEvent) => void>();
  readonly #createdAt = new Map<string, string>();
  readonly #unseen = new Set<() => boolean>();
  readonly #leave: () => void;
  #activity = 0;
  #wake: () => void = () => undefined;

  constructor(options: WorldOptions, { mirror, api }: { readonly mirror: Mirror; readonly api: RawApi }) {
    const { name, clock, tenant = `${name}-shop`, home = `${name}-enbi`, isPlayed = true } = options;
    this.name = name;
    this.clock = clock;
    this.tenant = tenant;
    this.home = home;
    this.isPlayed = isPlayed;
    this.api = api;
    this.#mirror = mirror;
    for (const plural of plurals) {
      for (const live of mirror.ofWorld(plural, name)) this.#of(plural).set(keyOfLive(live), this.dated(live));
    }
    this.#leave = mirror.listen(name, (event) => this.#take(event));
  }

  leave(): void {
    this.#leave();
  }

  list(plural: Plural): readonly Live[] {
    return [...this.#of(plural).values()];
  }

  /** Named after the tenant, or naming it. Nodes name all images there are. */
  ofTenant(plural: Plural): readonly Live[] {
    return plural === 'nodes' ? [] : this.list(plural).filter((live) => JSON.stringify(live).includes(this.tenant));
  }

  get(plural: Plural, key: string): Live | undefined {
    return this.#of(plural).get(key);
  }

  /** All that happened after a version, in order. */
  since(plural: Plural, resourceVersion: number): readonly MirrorEvent[] {
    return (this.#log.get(plural) ?? []).filter((event) => event.resourceVersion > resourceVersion);
  }

  reached(plural: Plural): number {
    return this.#mirror.reached(plural);
  }

  listen(listener: (event: MirrorEvent) => void): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: (event: MirrorEvent) => void): void {
    this.#listeners.delete(listener);
  }

  /** Whoever waits for the world to come to rest looks again. */
  noteActivity(): void {
    this.#activity++;
    this.#wake();
  }

  /** Made at the time of this world, whatever the API server's clock says. */
  dated(live: Live): Live {
    // Who wrote which field is half of an object, and nobody here asks for it.
    const metadata = { ...live.metadata, managedFields: undefined };
    if (!this.isPlayed) return { ...live, metadata };
    const { uid } = metadata;
    const createdAt = this.#createdAt.get(uid) ?? `${this.clock.now().toISOString().slice(0, 19)}Z`;
    this.#createdAt.set(uid, createdAt);
    return { ...live, metadata: { ...metadata, creationTimestamp: createdAt } };
  }

  /** Nobody is at rest before the mirror has shown what this write did. */
  noteWrite(plural: Plural, method: string, answer: RawAnswer): void {
    this.noteActivity();
    if (answer.code >= 300) return;
    if (method === 'DELETE') {
      const object = rawOf(JSON.parse(answer.text));
      const uid = textOf(rawOf(object.details).uid) || textOf(rawOf(object.metadata).uid);
      this.#unseen.add(() => {
        const held = this.#mirror.holds(plural, uid);
        return held === undefined || isGoing(held);
      });
    } else {
      const [, resourceVersion = ''] = /"resourceVersion":"(\d+)"/.exec(answer.text) ?? [];
      this.#unseen.add(() => this.#mirror.hasSeen(plural, resourceVersion));
    }
  }

  /** The same for what removes the last thing that kept an object. */
  noteRemoval(plural: Plural, uid: string): void {
    this.#unseen.add(() => this.#mirror.holds(plural, uid) === undefined);
  }

  /** The same for a Pod that got its node. */
  noteBinding(uid: string): void {
    this.#unseen.add(() => {
      const held = this.#mirror.holds('pods', uid);
      return held === undefined || rawOf(held.spec).nodeName !== undefined;
    });
  }

  get hasUnseen(): boolean {
    for (const isSeen of this.#unseen) if (isSeen()) this.#unseen.delete(isSeen);
    return this.#unseen.size > 0;
  }

  /** All writes made so far are in the view. */
  async caughtUp(): Promise<void> {
    if (this.hasUnseen) await this.#mirror.until(() => !this.hasUnseen);
  }

  /** Returns when nothing is under way: no request, no event that somebody has yet to take in. */
  async rest(): Promise<void> {
    const begunAt = Date.now();
    let seen = this.#activity;
    for (let turns = 0; turns < turnsAtRest; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const isCalm = !this.hasUnseen && [...this.participants].every(({ isAtRest }) => isAtRest);
      if (isCalm && seen === this.#activity) turns++;
      else turns = 0;
      seen = this.#activity;
      if (isCalm) continue;
      if (Date.now() - begunAt > longestUnrestMs) throw new Error(`nothing goes on any more: ${this.#restless()}`);
      await this.#change();
    }
  }

  #restless(): string {
    const busy = [...this.participants].filter(({ isAtRest }) => !isAtRest).map(({ constructor: { name } }) => name);
    return [...(this.hasUnseen ? ['the mirror'] : []), ...busy].join(', ');
  }

  /** Something happens, or nobody told that it has. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestUntoldMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  #of(plural: Plural): Map<string, Live> {
    return this.#objects.get(plural) ?? new Map<string, Live>();
  }

  #take({ before: _, after, ...told }: MirrorEvent): void {
    this.noteActivity();
    const objects = this.#of(told.plural);
    const live = after === undefined ? undefined : this.dated(after);
    const key = keyOfLive(live ?? _ ?? missing(told.plural));
    const before = objects.get(key);
    if (live === undefined) objects.delete(key);
    else objects.set(key, live);
    const event = {
      ...told,
      ...(before === undefined ? {} : { before }),
      ...(live === undefined ? {} : { after: live }),
    };
    this.#log.get(told.plural)?.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function missing(plural: string): never {
  throw new Error(`an event of ${plural} is about nothing`);
}
