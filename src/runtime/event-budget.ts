import { EventMemory, type Said } from './event-memory.ts';
import type { EventScope } from './event-observer.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

export interface EventLimits {
  /** Different texts of one object for one reason, within the lifetime. */
  readonly perReason: number;
  readonly namespace: Rate;
  readonly cluster: Rate;
  /** Texts that are remembered for each namespace, and namespaces. */
  readonly remembered: { readonly texts: number; readonly namespaces: number };
  readonly lifetimeMs: number;
}

/** What of a namespace has been said, and how much more may be. */
export interface NamespaceShare {
  readonly memory: EventMemory;
  readonly bucket: TokenBucket;
  /** When it was logged last that events of this namespace are left out. */
  complainedAt: number;
}

/**
 * How many events there may be. Shares are by object and reason, so that misspelt annotations leave room for a failed build; by
 * namespace, so that one cannot use up another's; and by cluster, for many namespaces of one mind.
 */
export class EventBudget {
  readonly #limits: EventLimits;
  readonly #cluster: TokenBucket;
  /** In order of use. */
  readonly #shares = new Map<string, NamespaceShare>();

  constructor(limits: EventLimits, now: Date) {
    this.#limits = limits;
    this.#cluster = new TokenBucket(limits.cluster, now);
  }

  share(namespace: string, now: Date): NamespaceShare {
    const share = this.#shares.get(namespace) ?? this.#newShare(now);
    this.#shares.delete(namespace);
    this.#shares.set(namespace, share);
    const [leastUsed] = this.#shares.keys();
    if (this.#shares.size > this.#limits.remembered.namespaces && leastUsed !== undefined)
      this.#shares.delete(leastUsed);
    return share;
  }

  /** Takes one; says whose share is used up where there is none. */
  spend({ memory, bucket }: NamespaceShare, { subject }: Said, now: Date): EventScope | undefined {
    if (memory.count(subject, now) >= this.#limits.perReason) return 'object';
    if (!bucket.has(now)) return 'namespace';
    if (!this.#cluster.has(now)) return 'cluster';
    bucket.take();
    this.#cluster.take();
    return undefined;
  }

  #newShare(now: Date): NamespaceShare {
    const { remembered, lifetimeMs, namespace } = this.#limits;
    const memory = new EventMemory({ capacity: remembered.texts, lifetimeMs });
    return { memory, bucket: new TokenBucket(namespace, now), complainedAt: Number.NEGATIVE_INFINITY };
  }
}
