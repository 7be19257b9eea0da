import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import { errorFor } from './api-status.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { identityOf } from './identity.ts';
import type { ListSelection, ObjectPage, ResourceType, WatchEvent, WatchSelection } from './kube-client.ts';
import type { Observed } from './kube-object.ts';
import { identityOnly } from './memory-kube/identity-only.ts';
import { MemoryLog } from './memory-log.ts';
import { createReflector, type Reflector } from './reflector.ts';
import type { ReflectorObserver } from './reflector-observer.ts';
import { type ListedObject, ObjectStore } from './store.ts';

const things: ResourceType = { apiVersion: 'v1', kind: 'Thing', plural: 'things', namespaced: true };

/** What one watch does: events to tell, errors to throw, promises to wait for, `hang` to be silent until aborted. */
type WatchScript = readonly (WatchEvent | Error | Promise<unknown> | 'hang')[];

/** Lists and watches as written down beforehand: what an API server does only on bad days. */
class Script {
  readonly lists: ListSelection[] = [];
  readonly watches: WatchSelection[] = [];
  /** Whether lists may be streamed. */
  streams = false;
  readonly #pages: (ObjectPage | Error)[];
  readonly #scripts: WatchScript[];

  constructor(pages: readonly (ObjectPage | Error)[], scripts: readonly WatchScript[]) {
    this.#pages = [...pages];
    this.#scripts = [...scripts];
  }

  list(_: ResourceType, selection: ListSelection): Promise<ObjectPage> {
    this.lists.push(selection);
    const page = this.#pages.shift() ?? new Error('the script has no further list');
    return page instanceof Error ? Promise.reject(page) : Promise.resolve(page);
  }

  async *watch(_: ResourceType, selection: WatchSelection, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    if (selection.initialEvents === true && !this.streams) throw errorFor(noStreams, 'watch things');
    this.watches.push(selection);
    for (const step of this.#scripts.shift() ?? ['hang']) {
      if (step instanceof Error) throw step;
      if (step instanceof Promise) await step;
      else if (step !== 'hang') yield step;
      else if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
  }
}

function aThing(name: string, version: number) {
  return { metadata: { name, uid: `${name}-uid`, resourceVersion: String(version) } };
}

/** Keeps all but what is called after a number that is even. */
const odd = (raw: unknown) => (/[02468]$/.test(identityOf(raw).key) ? undefined : identityOnly(raw));

/** Counts how many objects each list came with. */
class CountingStore extends ObjectStore<Observed> {
  readonly listed: number[] = [];

  override replace(items: readonly ListedObject<Observed>[], resourceVersion: string): void {
    this.listed.push(items.length);
    super.replace(items, resourceVersion);
  }
}

const page = (version: number, ...items: object[]): ObjectPage => ({ items, resourceVersion: String(version) });
const added = (name: string, version: number): WatchEvent => ({ type: 'ADDED', object: aThing(name, version) });
const bookmark = (version: number): WatchEvent => ({ type: 'BOOKMARK', resourceVersion: String(version) });
const gone = { code: 410, reason: 'Expired', message: 'too old resource version' };
const noStreams = { code: 422, reason: 'Invalid', message: 'sendInitialEvents is forbidden' };
const cut = new TransientError('NetworkUnreachable', 'socket hang up');

describe('a reflector', () => {
  let stop: AbortController;
  let clock: FakeClock;
  let log: MemoryLog;
  let running: Promise<void>;
  let reflector: Reflector;

  beforeEach(() => {
    stop = new AbortController();
    clock = new FakeClock();
    log = new MemoryLog();
  });

  afterEach(async () => {
    stop.abort();
    await running;
    expect(clock.pending, 'a stopped reflector leaves no timer').toEqual([]);
  });

  async function reflect(script: Script, observer?: ReflectorObserver) {
    const store = new CountingStore({ resource: things, project: odd });
    reflector = createReflector({
      client: script,
      store,
      log,
      random: () => 0.5,
      clock,
      ...(observer && { observer }),
    });
    running = reflector.run(stop.signal);
    await settle();
    return { names: () => store.list().map((thing) => thing.metadata.name), store };
  }

  it('lists page by page, then watches from there with bookmarks and a timeout of 5 to 10 minutes', async () => {
    const script = new Script(
      [{ ...page(10, aThing('one', 5)), continueToken: 'more' }, page(10, aThing('two', 6))],
      [[added('three', 11), 'hang']],
    );
    const { names } = await reflect(script);
    expect(names()).toEqual(['one', 'two', 'three']);
    expect(script.lists).toMatchObject([{ limit: 50 }, { limit: 50, continueToken: 'more' }]);
    expect(script.watches).toMatchObject([{ resourceVersion: '10', timeoutSeconds: 450 }]);
  });

  it('remembers nothing of a list but what its store keeps', async () => {
    const things = Array.from({ length: 9 }, (_, index) => aThing(`thing-${index}`, index + 1));
    const { store } = await reflect(new Script([page(10, ...things)], []));
    expect(store.listed).toEqual([4]);
  });

  it('goes on from the last event when the server ends the watch', async () => {
    const script = new Script([page(10)], [[added('one', 11)], ['hang']]);
    await reflect(script);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '11']);
    expect(script.lists).toHaveLength(1);
  });

  it('goes on from the last bookmark when the connection is cut', async () => {
    const script = new Script([page(10)], [[added('one', 11), bookmark(50), cut], ['hang']]);
    const { names } = await reflect(script);
    await clock.advance(500);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '50']);
    expect(script.lists).toHaveLength(1);
    expect(names()).toEqual(['one']);
  });

  it('lists again when the server answers 410', async () => {
    const script = new Script([page(10), page(90, aThing('two', 80))], [[errorFor(gone, 'watch things')], ['hang']]);
    const { names } = await reflect(script);
    await clock.advance(500);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '90']);
    expect(names()).toEqual(['two']);
  });

  it('lists again soon when a server that was away for long answers 410', async () => {
    const script = new Script([page(10), page(90)], [[cut], [cut], [cut], [cut], [errorFor(gone, 'watch')], ['hang']]);
    await reflect(script);
    await clock.advance(375 + 750 + 1500 + 3000);
    expect(clock.pending).toEqual([375]);
    await clock.advance(375);
    expect(script.lists).toHaveLength(2);
  });

  it('lists again when an ERROR event says 410', async () => {
    const script = new Script([page(10), page(90)], [[added('one', 11), { type: 'ERROR', status: gone }], ['hang']]);
    const { names } = await reflect(script);
    expect(names()).toEqual(['one']);
    await clock.advance(500);
    expect(names()).toEqual([]);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '90']);
  });

  it('lists again after an ERROR event of any other kind', async () => {
    const status = { code: 500, reason: 'InternalError', message: 'etcd event received with PrevKv=nil' };
    const script = new Script([page(10), page(90)], [[{ type: 'ERROR', status }], ['hang']]);
    await reflect(script);
    await clock.advance(500);
    expect(script.lists).toHaveLength(2);
  });

  it('lists again from the start when a page has expired', async () => {
    const first = { ...page(10, aThing('one', 5)), continueToken: 'more' };
    const script = new Script([first, errorFor(gone, 'list things'), page(90, aThing('two', 80))], []);
    const { store, names } = await reflect(script);
    expect(store.synced).toBe(false);
    await clock.advance(500);
    expect(names()).toEqual(['two']);
    expect(script.lists.map((list) => list.continueToken)).toEqual([undefined, 'more', undefined]);
  });

  it('gives up a watch that is silent for longer than bookmarks are apart', async () => {
    const script = new Script([page(10)], [[bookmark(11), 'hang'], ['hang']]);
    await reflect(script);
    await clock.advance(149_000);
    expect(script.watches).toHaveLength(1);
    await clock.advance(2000);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '11']);
  });

  it('keeps a watch that tells something now and then, be it a bookmark', async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const script = new Script([page(10)], [[first.promise, bookmark(11), second.promise, bookmark(12), 'hang']]);
    await reflect(script);
    for (const due of [first, second]) {
      await clock.advance(149_000);
      due.resolve();
      await settle();
    }
    await clock.advance(149_000);
    expect(script.watches).toHaveLength(1);
  });

  it('takes a watch that told something for the end of the trouble', async () => {
    const script = new Script([page(10)], [[cut], [cut], [bookmark(11), cut], ['hang']]);
    await reflect(script);
    await clock.advance(375);
    expect(clock.pending).toEqual([750]);
    await clock.advance(750);
    expect(clock.pending).toEqual([375]);
  });

  it('does not go back in time with a server that lags behind, unless it insists', async () => {
    const status = { code: 500, reason: 'InternalError', message: 'etcd event received with PrevKv=nil' };
    const old = page(5, aThing('old', 4));
    const script = new Script(
      [page(10), old, page(20, aThing('new', 20)), old, old, old, old],
      [[{ type: 'ERROR', status }], [{ type: 'ERROR', status }], ['hang']],
    );
    const { names } = await reflect(script);
    await clock.advance(2000);
    expect(names()).toEqual(['new']);
    await clock.advance(60_000);
    expect([names(), script.lists.length]).toEqual([['old'], 7]);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '20', '5']);
  });

  it('lists anew when asked to, and tells when that is done', async () => {
    const script = new Script([page(10), page(20, aThing('new', 15))], [['hang'], ['hang']]);
    const { names } = await reflect(script);
    await reflector.refresh();
    await settle();
    expect([names(), script.lists.length]).toEqual([['new'], 2]);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '20']);
  });

  it('does not take a list that was under way for one asked for later', async () => {
    const slow = Promise.withResolvers<void>();
    const script = new Script([page(10, aThing('old', 5)), page(20, aThing('new', 15))], []);
    const list = script.list.bind(script);
    script.list = async (type, selection) => (await (script.lists.length === 0 && slow.promise), list(type, selection));
    const { names } = await reflect(script);
    let fresh = false;
    void reflector.refresh().then(() => (fresh = true));
    slow.resolve();
    await settle();
    expect([fresh, names(), script.lists.length]).toEqual([true, ['new'], 2]);
  });

  describe('of a server that streams lists', () => {
    const end = (version: number): WatchEvent => ({
      type: 'BOOKMARK',
      resourceVersion: String(version),
      initialEventsEnd: true,
    });

    async function reflectStream(...scripts: WatchScript[]) {
      const script = new Script([], scripts);
      script.streams = true;
      return { script, ...(await reflect(script)) };
    }

    it('takes what comes before the bookmark for the list, and goes on with the same watch', async () => {
      const { script, names } = await reflectStream([added('b', 7), added('a', 3), end(10), added('c', 11), 'hang']);
      expect(names()).toEqual(['b', 'a', 'c']);
      expect(script.lists).toEqual([]);
      expect(script.watches).toMatchObject([{ resourceVersion: '', initialEvents: true }]);
    });

    it('takes what comes as it comes, and is complete with the bookmark', async () => {
      const more = Promise.withResolvers<void>();
      const removed: WatchEvent = { type: 'DELETED', object: aThing('a', 9) };
      const { store, names } = await reflectStream([
        added('a', 3),
        bookmark(5),
        added('b', 4),
        removed,
        more.promise,
        end(10),
        'hang',
      ]);
      expect([store.synced, names()]).toEqual([false, ['a', 'b']]);
      more.resolve();
      await settle();
      expect([store.synced, names()]).toEqual([true, ['b']]);
    });

    it('remembers nothing of it but what its store keeps as the stream goes on', async () => {
      const begun = [added('thing-1', 1), added('thing-2', 2), added('thing-3', 3)];
      const { store, names } = await reflectStream([...begun, end(10), 'hang']);
      expect([store.listed, names()]).toEqual([[2], ['thing-1', 'thing-3']]);
    });

    it('begins anew when the stream is cut before the bookmark, and goes on from there when it is cut later', async () => {
      const { script, names } = await reflectStream(
        [added('a', 3), cut],
        [added('b', 4), end(10), added('c', 11), cut],
        ['hang'],
      );
      await clock.advance(5000);
      expect(names()).toEqual(['b', 'c']);
      expect(script.watches.map(({ resourceVersion }) => resourceVersion)).toEqual(['', '', '11']);
    });

    it('streams again after 410, and removes what is not told again', async () => {
      const { script, names } = await reflectStream(
        [added('a', 3), end(10), { type: 'ERROR', status: gone }],
        [added('b', 15), end(20), 'hang'],
      );
      await clock.advance(500);
      expect(names()).toEqual(['b']);
      expect(script.watches.map(({ resourceVersion }) => resourceVersion)).toEqual(['', '']);
    });

    it('waits as long as the server asks before it streams', async () => {
      const busy = errorFor({ code: 429, reason: 'TooManyRequests', message: 'later', retryAfterMs: 7000 }, 'watch');
      const { script, names } = await reflectStream([busy], [added('a', 3), end(10), 'hang']);
      expect(clock.pending).toEqual([7000]);
      await clock.advance(7000);
      expect([names(), script.lists]).toEqual([['a'], []]);
    });
  });

  it('tells whoever counts', async () => {
    const script = new Script([page(10), page(20)], [[cut], [{ type: 'ERROR', status: gone }], ['hang']]);
    const told: string[] = [];
    const observer = {
      listed: () => void told.push('listed'),
      watchBegan: () => void told.push('watch'),
      watchFailed: () => void told.push('failed'),
    };
    await reflect(script, observer);
    await clock.advance(5000);
    // The first was the question whether lists are streamed.
    expect(told.slice(1)).toEqual(['listed', 'watch', 'failed', 'watch', 'failed', 'listed', 'watch']);
  });

  it('keeps trying the first list, more and more slowly, and says so', async () => {
    const refused = new TransientError('NetworkUnreachable', 'connect ECONNREFUSED');
    const script = new Script([refused, refused, refused, page(10, aThing('one', 5))], []);
    const { store } = await reflect(script);
    expect(clock.pending).toEqual([375]);
    await clock.advance(375);
    expect(clock.pending).toEqual([750]);
    await clock.advance(750);
    expect(clock.pending).toEqual([1500]);
    expect(store.synced).toBe(false);
    await clock.advance(1500);
    expect(store.synced).toBe(true);
    expect(log.messages('warn')).toEqual(['watch keeps failing', 'watch keeps failing']);
  });

  it('waits as long as the server asks', async () => {
    const busy = errorFor({ code: 429, reason: 'TooManyRequests', message: 'later', retryAfterMs: 7000 }, 'list');
    const script = new Script([busy, page(10)], []);
    await reflect(script);
    expect(clock.pending).toEqual([7000]);
  });

  it('does not ask a server in a tight loop that ends every watch at once', async () => {
    const script = new Script([page(10)], [[], [], [], []]);
    await reflect(script);
    expect(script.watches).toHaveLength(1);
    await clock.advance(375);
    expect(script.watches).toHaveLength(2);
    expect(clock.pending).toEqual([750]);
  });

  it('goes on from where it was after 401 and 5xx, and lists again after 403', async () => {
    const answers = [401, 503, 403].map((code) => [errorFor({ code, reason: '', message: '' }, 'watch')]);
    const script = new Script([page(10), page(90)], [...answers, ['hang']]);
    await reflect(script);
    await clock.advance(10_000);
    expect(script.watches.map((watch) => watch.resourceVersion)).toEqual(['10', '10', '10', '90']);
  });
});
