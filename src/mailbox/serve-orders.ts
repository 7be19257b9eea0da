import type { Clock } from '../runtime/clock.ts';
import type { OrderSource } from './order-source.ts';
import type { Worker } from './worker.ts';

export interface Serving {
  readonly source: OrderSource;
  readonly clock: Clock;
  /** Aborted when the Pod is stopped. */
  readonly signal: AbortSignal;
  /** Called at each list and each end of an order: whoever makes the worker passes it on. */
  readonly subscribe: (wake: () => void) => void;
}

/** Why a Pod that takes orders ends. */
export type Ending = { readonly because: 'idle' | 'stopped' } | { readonly because: 'once'; readonly word: string };

/** The news of a list may be lost; then it is found so late. */
const lookMs = 5000;

/** Before there is a list: whoever made the Pod gives one, or is gone. */
const unlistedSeconds = 600;

/** Serves until there is nothing to do for as long as the list says, until an order was the last one, or until it is stopped. */
export async function serveOrders<Order>(worker: Worker<Order>, serving: Serving): Promise<Ending> {
  const { source, clock, signal, subscribe } = serving;
  const bell = new Bell();
  const unsubscribe = source.subscribe(() => bell.ring());
  subscribe(() => bell.ring());
  signal.addEventListener('abort', () => bell.ring(), { once: true });
  let idleSince: number | undefined;
  try {
    for (;;) {
      if (signal.aborted) return { because: 'stopped' };
      const text = await source.read();
      if (text !== undefined && text !== '') worker.take(text);
      const word = worker.lastWord;
      if (word !== undefined) return { because: 'once', word };
      idleSince = worker.isIdle ? (idleSince ?? clock.monotonicMs()) : undefined;
      const leftMs = idleSince === undefined ? lookMs : idleSince + stayMs(worker) - clock.monotonicMs();
      if (leftMs <= 0) return { because: 'idle' };
      await bell.rung(clock, Math.min(leftMs, lookMs));
    }
  } finally {
    unsubscribe();
    await worker.stop();
  }
}

function stayMs({ list }: Pick<Worker<never>, 'list'>): number {
  const seconds = list === undefined ? unlistedSeconds : list.staySeconds;
  return seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000;
}

/** A ring that nobody waits for is heard by the next who does. */
class Bell {
  #rings = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#rings = true;
    this.#wake();
  }

  async rung(clock: Clock, ms: number): Promise<void> {
    if (!this.#rings) {
      await new Promise<void>((resolve) => {
        const cancel = clock.setTimer(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#rings = false;
  }
}
