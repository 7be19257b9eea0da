import { type OrderReport, parseOrderReport } from '../api/order-report.ts';
import type { PolicyError } from '../errors.ts';
import { type FollowedContainer, type LineStreamDeps, listen } from './line-stream.ts';

export interface OrderEars {
  /** Something new of an order was heard, or something may have been missed. */
  readonly news: () => void;
  readonly refused: (error: PolicyError) => void;
}

/**
 * Enough for the reports of a full list after each other, between other lines. A kubelet counts the bytes from the first of the last lines
 * on: were they fewer than these have at their longest, 6 KiB each, what comes after would never be heard.
 */
const bounds = { tailLines: 1000, limitBytes: 16 * 2 ** 20 } as const;

/** So long without a word of an import that is under way, and its last one may have been lost: it is asked. */
const silenceMs = 120_000;

/** More than a Pod has in its list and remembers beside it. */
const mostOrders = 2048;

/** Listens to one Pod that takes orders, and keeps what it said last of each. */
export class OrderFollower {
  /** How often the stream was cut, or silent for long: what came then may have been missed. */
  cuts = 0;
  readonly #of: FollowedContainer;
  readonly #deps: LineStreamDeps;
  readonly #ears: OrderEars;
  readonly #heard = new Map<string, OrderReport>();
  readonly #stop = new AbortController();
  #cancelSilence: () => void = () => {};

  constructor(of: FollowedContainer, deps: LineStreamDeps, ears: OrderEars) {
    this.#of = of;
    this.#deps = deps;
    this.#ears = ears;
  }

  heard(order: string): OrderReport | undefined {
    return this.#heard.get(order);
  }

  stop(): void {
    this.#cancelSilence();
    this.#stop.abort();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const listening = {
      of: this.#of,
      bounds,
      hear: (line: string) => this.#hear(line),
      // Whoever sees the Pod end stops this.
      isOver: () => false,
      refused: this.#ears.refused,
      cut: () => this.#cut(),
    };
    await listen(listening, this.#deps, this.#stop.signal);
  }

  /** What was not done may be by now, and its report be gone with the log's last file before this is taken up again. */
  #cut(): void {
    // It is asked once for this: the answer starts the wait anew.
    this.#cancelSilence();
    this.cuts++;
    for (const [order, { state }] of this.#heard) if (state !== 'done') this.#heard.delete(order);
    this.#ears.news();
  }

  /** From the last word on, as long as something runs. */
  #expectMore(): void {
    this.#cancelSilence();
    const isUnderWay = [...this.#heard.values()].some(({ state }) => state === 'running');
    if (!isUnderWay || this.#stop.signal.aborted) return;
    this.#cancelSilence = this.#deps.clock.setTimer(silenceMs, () => this.#cut());
  }

  /** What was done stays so: after a cut old lines are heard again. */
  #hear(line: string): void {
    const report = parseOrderReport(line);
    if (report === undefined || !('order' in report)) return;
    const before = this.#heard.get(report.order)?.state;
    if (before === 'done') return;
    this.#heard.delete(report.order);
    this.#heard.set(report.order, report);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > mostOrders && oldest !== undefined) this.#heard.delete(oldest);
    this.#expectMore();
    // How far one is may be told later.
    if (report.state !== before) this.#ears.news();
  }
}
