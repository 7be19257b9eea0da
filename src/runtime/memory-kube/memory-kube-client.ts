import { type ApiAnswer, errorFor } from '../api-status.ts';
import { metadataOf } from '../identity.ts';
import type {
  KubeClient,
  ListSelection,
  LogLine,
  LogSelection,
  ObjectName,
  ObjectPage,
  ResourceType,
  WatchEvent,
  WatchSelection,
} from '../kube-client.ts';
import { keyOf } from '../kube-object.ts';
import { Collection, type Written } from './collection.ts';
import { LiveLog, lineOf } from './live-log.ts';
import { isSelected } from './selection.ts';
import { WatchFeed } from './watch-feed.ts';

export interface Call {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete' | 'followLog';
  readonly kind: string;
  readonly key: string;
}

/** An API server in memory. It passes the same conformance suite as the real client (kube-client.conformance.ts). */
export class MemoryKubeClient implements KubeClient {
  /** Every call made, in order. */
  readonly calls: Call[] = [];
  /** Called before each call; what it throws is what the caller gets. */
  onCall: (call: Call) => void = () => undefined;
  /** Logs of containers that have ended, and of some that run, by `namespace/pod/container`. */
  readonly logs = new Map<string, string | LiveLog>();
  now: () => Date = () => new Date();
  #revision = 0;
  #compactedTo = 0;
  readonly #collections = new Map<string, Collection>();
  readonly #history: { readonly plural: string; readonly revision: number; readonly written: Written }[] = [];
  readonly #feeds = new Map<string, Set<WatchFeed>>();
  readonly #pages = new Map<string, { readonly items: readonly unknown[]; readonly resourceVersion: string }>();

  /** Puts an object there as it is, status included; nobody is seen to have written it. */
  put(type: ResourceType, manifest: object): unknown {
    return this.#collection(type).put(manifest);
  }

  /** Forgets history, so that watches and pages from before are answered with 410. */
  compact(): void {
    this.#compactedTo = this.#revision;
    this.#pages.clear();
  }

  /** Ends all watches: cleanly, as a server's timeout does, or with an error, as a cut connection does. */
  endWatches(how: 'closed' | Error = 'closed'): void {
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed.end(how);
  }

  /** Writes by this client, as texts: `create Job team/web`. */
  get writes(): string[] {
    const writes = this.calls.filter(({ verb }) => ['create', 'patch', 'delete'].includes(verb));
    return writes.map(({ verb, kind, key }) => `${verb} ${kind} ${key}`);
  }

  async get(type: ResourceType, name: ObjectName): Promise<unknown> {
    this.#note('get', type, keyOf(name));
    return this.#collection(type).objects.get(keyOf(name));
  }

  async list(type: ResourceType, selection: ListSelection): Promise<ObjectPage> {
    this.#note('list', type, selection.namespace ?? '');
    const { items, resourceVersion } = this.#rest(type, selection);
    const limit = selection.limit ?? items.length;
    if (items.length <= limit) return { items, resourceVersion };
    const continueToken = `page-${this.#pages.size + 1}`;
    this.#pages.set(continueToken, { items: items.slice(limit), resourceVersion });
    return { items: items.slice(0, limit), resourceVersion, continueToken };
  }

  async *watch(type: ResourceType, selection: WatchSelection, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    this.#note('watch', type, selection.namespace ?? '');
    if (selection.initialEvents === true) throw errorFor(noStreams, `watch ${type.plural}`);
    const from = Number(selection.resourceVersion);
    if (from < this.#compactedTo) throw errorFor(expired, `watch ${type.plural}`);
    const missed = this.#history.filter((entry) => entry.plural === type.plural && entry.revision > from);
    const feed = new WatchFeed(missed.map((entry) => entry.written));
    const close = () => feed.end('closed');
    const feeds = this.#feedsOf(type).add(feed);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    try {
      yield* feed.events(selection);
    } finally {
      feeds.delete(feed);
      signal.removeEventListener('abort', close);
    }
  }

  async create(type: ResourceType, namespace: string | undefined, object: object): Promise<unknown> {
    const name = String(metadataOf(object)['name']);
    this.#note('create', type, keyOf({ name, namespace }));
    return this.#collection(type).create(namespace, object);
  }

  async patch(
    type: ResourceType,
    name: ObjectName,
    patch: object,
    options: { subresource?: 'status' | undefined } = {},
  ): Promise<unknown> {
    this.#note('patch', type, keyOf(name));
    return this.#collection(type).patch(name, patch, options.subresource);
  }

  async delete(type: ResourceType, name: ObjectName, { uid }: { uid?: string | undefined }): Promise<unknown> {
    this.#note('delete', type, keyOf(name));
    return this.#collection(type).delete(name, uid, this.now());
  }

  async *followLog(selection: LogSelection, signal: AbortSignal): AsyncGenerator<LogLine> {
    const { namespace, name, container } = selection;
    this.#note('followLog', { kind: 'Pod' }, `${namespace}/${name}/${container}`);
    const log = this.logs.get(`${namespace}/${name}/${container}`);
    if (log === undefined)
      throw errorFor({ code: 404, reason: 'NotFound', message: `pods "${name}" not found` }, 'log');
    if (log instanceof LiveLog) yield* log.read(selection, signal);
    else for (const [index, text] of log.split('\n').entries()) yield lineOf(text, index);
  }

  version(): Promise<{ gitVersion: string }> {
    return Promise.resolve({ gitVersion: 'v1.37.0' });
  }

  #rest(type: ResourceType, selection: ListSelection): { items: readonly unknown[]; resourceVersion: string } {
    if (selection.continueToken !== undefined) {
      const rest = this.#pages.get(selection.continueToken);
      if (rest === undefined) throw errorFor(expired, `list ${type.plural}`);
      return rest;
    }
    const found = [...this.#collection(type).objects]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
    return { items: found.filter((object) => isSelected(object, selection)), resourceVersion: String(this.#revision) };
  }

  #feedsOf({ plural }: ResourceType): Set<WatchFeed> {
    const feeds = this.#feeds.get(plural) ?? new Set();
    this.#feeds.set(plural, feeds);
    return feeds;
  }

  #collection(type: ResourceType): Collection {
    const found = this.#collections.get(type.plural);
    if (found !== undefined) return found;
    const onWritten = (written: Written) => {
      this.#history.push({ plural: type.plural, revision: this.#revision, written });
      for (const feed of this.#feedsOf(type)) feed.tell(written);
    };
    const made = new Collection(type, () => String(++this.#revision), onWritten);
    this.#collections.set(type.plural, made);
    return made;
  }

  #note(verb: Call['verb'], { kind }: Pick<ResourceType, 'kind'>, key: string): void {
    const call = { verb, kind, key };
    this.calls.push(call);
    this.onCall(call);
  }
}

/** As a server answers that has the feature off (k8s.io/apimachinery/pkg/apis/meta/internalversion/validation). */
const noStreams: ApiAnswer = {
  code: 422,
  reason: 'Invalid',
  message:
    'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
};
const expired: ApiAnswer = { code: 410, reason: 'Expired', message: 'too old resource version' };
