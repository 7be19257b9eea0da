import type { Identity } from './identity.ts';
import type { ResourceType, WatchEvent } from './kube-client.ts';

/** What a reflector keeps as the API server has it; every `ObjectStore` is one. */
export interface Reflected<Item extends Identity> {
  readonly resource: ResourceType;
  /** Every change up to here has been told. */
  readonly toldTo: string;
  /** True from the first complete list on. */
  readonly synced: boolean;
  projectItem(raw: unknown): Item;
  concerns(item: Item): boolean;
  /** One of a list that is not complete yet; returns what is to be remembered of it until then. */
  takeListed(item: Item): Item;
  replace(items: readonly Item[], resourceVersion: string): void;
  applyEvent(event: Extract<WatchEvent, { object: unknown }>): string;
  progress(resourceVersion: string): void;
}

interface Both<A, B> extends Identity {
  readonly a: A;
  readonly b: B;
}

/**
 * Two that keep different things of one resource, behind one watch: it is the stream that costs the API server. The second is told
 * first: whoever listens to the first then finds the second as new.
 */
export function shareWatch<A extends Identity, B extends Identity>(
  one: Reflected<A>,
  other: Reflected<B>,
): Reflected<Both<A, B>> {
  return {
    resource: one.resource,
    get toldTo() {
      return one.toldTo;
    },
    get synced() {
      return one.synced && other.synced;
    },
    projectItem: (raw) => {
      const [a, b] = [one.projectItem(raw), other.projectItem(raw)];
      return { key: a.key, uid: a.uid, resourceVersion: a.resourceVersion, a, b };
    },
    concerns: ({ a, b }) => one.concerns(a) || other.concerns(b),
    takeListed: (item) => ({
      ...item,
      b: other.concerns(item.b) ? other.takeListed(item.b) : item.b,
      a: one.concerns(item.a) ? one.takeListed(item.a) : item.a,
    }),
    replace: (items, resourceVersion) => {
      const [as, bs] = [items.map(({ a }) => a), items.map(({ b }) => b)];
      other.replace(
        bs.filter((item) => other.concerns(item)),
        resourceVersion,
      );
      one.replace(
        as.filter((item) => one.concerns(item)),
        resourceVersion,
      );
    },
    applyEvent: (event) => {
      other.applyEvent(event);
      return one.applyEvent(event);
    },
    progress: (resourceVersion) => {
      other.progress(resourceVersion);
      one.progress(resourceVersion);
    },
  };
}
