import { setTimeout as sleep } from 'node:timers/promises';
import { label, manager } from '../../src/api/labels.ts';
import { rawOf } from '../../src/cluster-view/raw.ts';
import { type Change, observe, ofKind, type Seen } from './observed.ts';

/** Follows `kubectl get --raw PATH`: calls back with each line, returns when the server ends the watch. */
export type Follow = (path: string, signal: AbortSignal, onLine: (line: string) => void) => Promise<void>;

/** What happens in the cluster, as it happens. */
export interface Watched {
  all<Kind extends Seen['kind']>(kind: Kind): readonly Extract<Seen, { kind: Kind }>[];
  /** The first value that `look` gives; it is asked again at every change. Rejects with `what` when the time is over. */
  until<T>(look: () => T | undefined, within: { readonly seconds: number; readonly what: string }): Promise<T>;
  subscribe(listener: (change: Change) => void): void;
}

/** Watches Pods, NixBuilds and Events of one namespace and enbi's Jobs everywhere, until the signal aborts. */
export function watchCluster(follow: Follow, namespace: string, signal: AbortSignal): Watched {
  const watching = new Watching(signal);
  for (const path of pathsOf(namespace)) void followForever(follow, path, signal, (line) => watching.take(line));
  return watching;
}

function pathsOf(namespace: string): string[] {
  return [
    `/api/v1/namespaces/${namespace}/pods`,
    `/api/v1/namespaces/${namespace}/events`,
    `/apis/enbi.hrzn.ee/v1alpha1/namespaces/${namespace}/nixbuilds`,
    `/apis/batch/v1/jobs`,
  ].map(
    (path) => `${path}?watch=true${path.endsWith('/jobs') ? `&labelSelector=${label.managedBy}%3D${manager}` : ''}`,
  );
}

/** Servers end a watch after a while. One without a resourceVersion begins with all there is, so nothing is missed but deletions. */
async function followForever(follow: Follow, path: string, signal: AbortSignal, onLine: (line: string) => void) {
  while (!signal.aborted) {
    await follow(path, signal, onLine);
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
}

class Watching implements Watched {
  readonly #objects = new Map<string, { readonly seen: Seen; readonly firstSeenAt: number }>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  all<Kind extends Seen['kind']>(kind: Kind): readonly Extract<Seen, { kind: Kind }>[] {
    return [...this.#objects.values()].flatMap(({ seen }) => ofKind(kind, seen) ?? []);
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.add(listener);
  }

  until<T>(look: () => T | undefined, { seconds, what }: { seconds: number; what: string }): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const tryAgain = () => {
      try {
        const found = look();
        if (found !== undefined) resolve(found);
      } catch (thrown) {
        reject(thrown);
      }
    };
    const aborted = () => reject(this.#signal.reason);
    const late = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000);
    this.#signal.addEventListener('abort', aborted);
    this.#listeners.add(tryAgain);
    tryAgain();
    return promise.finally(() => {
      clearTimeout(late);
      this.#signal.removeEventListener('abort', aborted);
      this.#listeners.delete(tryAgain);
    });
  }

  /** One line of a watch: `{"type": "ADDED", "object": {…}}`. */
  take(line: string): void {
    const { type, object } = rawOf(JSON.parse(line));
    const after = observe(object);
    if (after === undefined) return;
    const at = performance.now();
    const known = this.#objects.get(after.uid);
    const change = { ...(known && { before: known.seen }), at, firstSeenAt: known?.firstSeenAt ?? at };
    if (type === 'DELETED') this.#objects.delete(after.uid);
    else this.#objects.set(after.uid, { seen: after, firstSeenAt: change.firstSeenAt });
    for (const listener of this.#listeners) listener(type === 'DELETED' ? change : { ...change, after });
  }
}
