import { asError, TransientError } from '../errors.ts';
import { type ApiStatusError, apiStatusOf, errorFor } from './api-status.ts';
import { Backoff, type BackoffSteps } from './backoff.ts';
import { type Clock, pause } from './clock.ts';
import type { Identity } from './identity.ts';
import type { KubeClient, ResourceType, Selection, WatchEvent, WatchSelection } from './kube-client.ts';
import type { Log } from './log.ts';
import { type ReflectorObserver, unobservedReflector } from './reflector-observer.ts';
import { compareResourceVersions } from './resource-version.ts';
import type { Reflected } from './shared-watch.ts';
import { silenceWatchdog } from './silence-watchdog.ts';

export interface ReflectorOptions<Item extends Identity> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly store: Reflected<Item>;
  readonly selection?: Selection;
  readonly log: Log;
  readonly random: () => number;
  readonly clock: Clock;
  readonly observer?: ReflectorObserver;
}

export interface Reflector {
  readonly resource: ResourceType;
  /** Follows the resource until the signal aborts; no failure of the API server ends it. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the store holds a list that was asked for after this call. */
  refresh(): Promise<void>;
}

/** A page is in memory as a whole, and an object may have 1.5 MiB. */
const pageSize = 50;
const backoffSteps: BackoffSteps = { baseMs: 500, capMs: 30_000 };
const refusals = 3;
const minute = 60_000;
// The API server sends a bookmark about once a minute (k8s.io/apiserver cacher, bookmarkFrequency), so a longer silence
// is a connection that died without a word.
const silenceMs = 2.5 * minute;

/**
 * Keeps a store as the API server has it.
 *
 *   list ──► watch ──► ended, cut or silent ──► watch from the last version told
 *    ▲          └────► expired (410) or ERROR event
 *    └── back-off ◄────────┘
 * A server that can streams the list as the beginning of the watch: object by object, instead of in pages.
 */
export function createReflector<Item extends Identity>(options: ReflectorOptions<Item>): Reflector {
  const reflection = new Reflection(options);
  return {
    resource: options.store.resource,
    run: (signal) => reflection.run(signal),
    refresh: () => reflection.refresh(),
  };
}

class Reflection<Item extends Identity> {
  readonly #options: ReflectorOptions<Item>;
  /** Of a server that cannot be reached, and of one that answers no: that it answers again is the end of the first. */
  readonly #unreachable: Backoff;
  readonly #refused: Backoff;
  readonly #observer: ReflectorObserver;
  #streams = true;
  /** One list and the watches that follow it. */
  #turn = new AbortController();
  #waiting: (() => void)[] = [];
  /** Lists in a row that were older than what had been told. */
  #past = 0;
  /** Where to watch from; `undefined`: list first. */
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions<Item>) {
    this.#options = options;
    this.#unreachable = new Backoff(options.random);
    this.#refused = new Backoff(options.random);
    this.#observer = options.observer ?? unobservedReflector;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#turn.signal.aborted) this.#begin();
      const turn = AbortSignal.any([signal, this.#turn.signal]);
      try {
        if (this.#resourceVersion === undefined && !this.#streams) this.#resourceVersion = await this.#list(turn);
        const told = await this.#watch(turn);
        // A server that ends every watch at once must not be asked in a tight loop.
        if (!told) await this.#pause(turn);
      } catch (thrown) {
        if (turn.aborted || this.#streamIsRefused(thrown)) continue;
        this.#noteFailure(asError(thrown));
        await this.#pause(turn, apiStatusOf(thrown));
      }
    }
  }

  refresh(): Promise<void> {
    this.#turn.abort();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #begin(): void {
    this.#turn = new AbortController();
    this.#resourceVersion = undefined;
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, store, selection } = this.#options;
    const items: Item[] = [];
    let continueToken: string | undefined;
    for (;;) {
      const page = await client.list(store.resource, { ...selection, limit: pageSize, continueToken });
      for (const raw of page.items) {
        const item = store.projectItem(raw);
        if (!store.concerns(item)) continue;
        items.push(store.synced ? item : store.takeListed(item));
      }
      signal.throwIfAborted();
      continueToken = page.continueToken;
      if (continueToken === undefined) {
        this.#replace(items, page.resourceVersion);
        return page.resourceVersion;
      }
    }
  }

  /** A server that lags behind another is asked again. One that insists was restored from a backup: then that is the truth. */
  #refuseThePast(resourceVersion: string): void {
    const { toldTo, resource } = this.#options.store;
    if (compareResourceVersions(resourceVersion, toldTo) >= 0 || this.#past++ === refusals) this.#past = 0;
    else throw new TransientError('ServerLagsBehind', `${resource.plural} as of ${resourceVersion}, before ${toldTo}`);
  }

  #replace(items: readonly Item[], resourceVersion: string): void {
    this.#refuseThePast(resourceVersion);
    this.#options.store.replace(items, resourceVersion);
    this.#observer.listed();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** True when the watch told anything. */
  async #watch(signal: AbortSignal): Promise<boolean> {
    const { client, store, clock } = this.#options;
    const watchdog = silenceWatchdog(clock, silenceMs, signal);
    let told = false;
    try {
      const events = client.watch(store.resource, this.#watchSelection(), watchdog.signal);
      this.#observer.watchBegan();
      const initial = this.#resourceVersion === undefined ? new Map<string, Item>() : undefined;
      for await (const event of events) {
        if (initial !== undefined && this.#resourceVersion === undefined) this.#takeInitial(event, initial);
        else this.#take(event);
        told = true;
        this.#unreachable.reset();
        this.#refused.reset();
        watchdog.heard();
      }
    } finally {
      watchdog.stop();
    }
    if (watchdog.barked) throw new TransientError('WatchSilent', 'the watch was silent for too long');
    return told;
  }

  #watchSelection(): WatchSelection {
    const shared = { ...this.#options.selection, timeoutSeconds: this.#watchSeconds() };
    if (this.#resourceVersion !== undefined) return { ...shared, resourceVersion: this.#resourceVersion };
    return { ...shared, resourceVersion: '', initialEvents: true };
  }

  /** The list, as it comes; what changes meanwhile may stand between. */
  #takeInitial(event: WatchEvent, items: Map<string, Item>): void {
    if (event.type === 'ERROR') throw this.#errorOf(event);
    if (event.type === 'BOOKMARK') {
      if (event.initialEventsEnd !== true) return;
      this.#replace([...items.values()], event.resourceVersion);
      items.clear();
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    const { store } = this.#options;
    const item = store.projectItem(event.object);
    if (event.type !== 'DELETED' && store.concerns(item)) {
      // Nobody reads a store that has never been complete.
      items.set(item.key, store.synced ? item : store.takeListed(item));
    } else items.delete(item.key);
  }

  /** Servers before 1.34 do not stream lists unless told to: then they are asked for pages from now on. */
  #streamIsRefused(thrown: unknown): boolean {
    const code = apiStatusOf(thrown)?.code;
    if (!this.#streams || this.#resourceVersion !== undefined || (code !== 422 && code !== 400)) return false;
    this.#streams = false;
    this.#options.log.debug({ resource: this.#options.store.resource.plural }, 'the server streams no lists');
    return true;
  }

  #errorOf({ status }: Extract<WatchEvent, { type: 'ERROR' }>): Error {
    return errorFor(status, `watch ${this.#options.store.resource.plural}`);
  }

  #take(event: WatchEvent): void {
    if (event.type === 'ERROR') {
      this.#resourceVersion = undefined;
      throw this.#errorOf(event);
    }
    if (event.type === 'BOOKMARK') {
      this.#options.store.progress(event.resourceVersion);
      this.#resourceVersion = event.resourceVersion;
    } else this.#resourceVersion = this.#options.store.applyEvent(event);
  }

  #noteFailure(error: Error): void {
    this.#observer.watchFailed();
    const status = apiStatusOf(error);
    if (status !== undefined && !isPassing(status)) this.#resourceVersion = undefined;
    const fields = {
      resource: this.#options.store.resource.plural,
      relist: this.#resourceVersion === undefined,
      err: error,
    };
    // A first failure is everyday life (the server restarts, a version expires); repeated ones deserve a look.
    const failures = this.#unreachable.failures + this.#refused.failures;
    if (failures === 0) this.#options.log.debug(fields, 'watch interrupted');
    else this.#options.log.warn({ ...fields, failures }, 'watch keeps failing');
  }

  #pause(signal: AbortSignal, status?: ApiStatusError): Promise<void> {
    if (status !== undefined) this.#unreachable.reset();
    const backoff = status === undefined ? this.#unreachable : this.#refused;
    const ms = Math.max(backoff.nextMs(backoffSteps), status?.retryAfterMs ?? 0);
    return pause(this.#options.clock, ms, signal);
  }

  /** 5 to 10 minutes at random, so that watches do not all end together. */
  #watchSeconds(): number {
    return Math.round((5 + 5 * this.#options.random()) * 60);
  }
}

/** True when the same watch may go on once the server is well again. */
function isPassing(status: ApiStatusError): boolean {
  return status.code === 401 || status.code === 429 || status.code >= 500;
}
