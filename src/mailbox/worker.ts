import { type Listed, type OrderList, parseOrderList } from '../api/order-list.ts';
import {
  listReportLine,
  type OrderResult,
  type OrderState,
  orderReportLine,
  orderReportText,
  type Told,
} from '../api/order-report.ts';

type Reader<Order> = Parameters<typeof parseOrderList<Order>>[1];

export interface WorkerDeps<Order> extends Reader<Order> {
  /** Carries one out until it is done or stopped. Never rejects; of one that was stopped only a success counts as done. */
  readonly execute: (order: Order, run: Run) => Promise<OrderResult>;
  /** A line of the Pod's log. */
  readonly print: (line: string) => void;
  /** Hears of each list that is another. */
  readonly listed?: (list: OrderList<Order>) => void;
  /** Hears of each order that has ended. */
  readonly ended?: () => void;
}

export interface Run {
  readonly id: string;
  /** Aborted when the order has left the list, or the Pod ends. */
  readonly stop: AbortSignal;
  readonly tell: (progress: string) => void;
}

interface Known {
  state: OrderState;
  /** Undefined: it does not run. */
  stop?: AbortController | undefined;
  progress?: string | undefined;
  result?: OrderResult | undefined;
}

/** Of orders that are done and have left the list: should an old list come late, they are not begun again. */
const rememberedOrders = 1024;

/**
 * Carries out what the list says, whatever became of the lists before: it compares the newest with what it knows. Each change of an
 * order's state is one line of the log.
 */
export class Worker<Order> {
  readonly #deps: WorkerDeps<Order>;
  readonly #known = new Map<string, Known>();
  readonly #waiting: (() => void)[] = [];
  #text: string | undefined;
  #list: OrderList<Order> | undefined;

  constructor(deps: WorkerDeps<Order>) {
    this.#deps = deps;
  }

  /** Nothing is listed and nothing runs. */
  get isIdle(): boolean {
    return (this.#list?.orders ?? []).length === 0 && !this.#anyRuns();
  }

  /** Undefined: before the first list that could be read. */
  get list(): Pick<OrderList<Order>, 'staySeconds' | 'atOnce'> | undefined {
    return this.#list;
  }

  /** What the Pod ends with as its termination message; undefined: it goes on. */
  get lastWord(): string | undefined {
    for (const { id, once } of this.#list?.orders ?? []) {
      const known = this.#known.get(id);
      if (once && (known?.state === 'done' || known?.state === 'refused')) return orderReportText(toldOf(id, known));
    }
    return undefined;
  }

  /** The newest text of the list. One that cannot be understood changes nothing. */
  take(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    const list = parseOrderList(text, this.#deps);
    if (typeof list === 'string') {
      this.#deps.print(listReportLine({ list, version: this.#deps.version }));
      return;
    }
    const isAsked = list.ask !== this.#list?.ask;
    this.#list = list;
    if (isAsked) this.#answer(list.ask);
    this.#deps.listed?.(list);
    this.#stopOthers(list);
    for (const listed of list.orders) this.#begin(listed);
    this.#forget(list);
  }

  /** Stops all that runs; resolves when it has ended. */
  async stop(): Promise<void> {
    for (const { stop } of this.#known.values()) stop?.abort();
    this.#list = undefined;
    while (this.#anyRuns()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #answer(ask: string): void {
    for (const [id, known] of this.#known) this.#deps.print(orderReportLine(toldOf(id, known)));
    const { version, print } = this.#deps;
    print(listReportLine({ list: 'read', version, ask, orders: this.#known.size }));
  }

  #stopOthers({ orders }: OrderList<Order>): void {
    const ids = new Set(orders.map(({ id }) => id));
    for (const [id, { stop }] of this.#known) if (!ids.has(id)) stop?.abort();
  }

  #begin({ id, order }: Listed<Order>): void {
    const known = this.#known.get(id);
    // One that is still being stopped is begun again when it has ended.
    if (known?.stop !== undefined || known?.state === 'done') return;
    if (order === undefined) {
      if (known === undefined) this.#enter(id, { state: 'refused' });
      return;
    }
    const stop = new AbortController();
    const entered = this.#enter(id, { state: 'running', stop });
    const tell = (progress: string) => {
      if (entered.stop !== stop || stop.signal.aborted) return;
      entered.progress = progress.slice(0, 300).toWellFormed();
      this.#tell(id, entered);
    };
    void this.#deps.execute(order, { id, stop: stop.signal, tell }).then((result) => this.#settle(id, result, stop));
  }

  #settle(id: string, result: OrderResult, { signal }: AbortController): void {
    const listed = this.#list?.orders.find((each) => each.id === id);
    if (result.ok || !signal.aborted) this.#enter(id, { state: 'done', result });
    else {
      this.#enter(id, { state: 'cancelled' });
      this.#known.delete(id);
      if (listed !== undefined) this.#begin(listed);
    }
    if (this.#list !== undefined) this.#forget(this.#list);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#deps.ended?.();
  }

  #enter(id: string, known: Known): Known {
    this.#known.delete(id);
    this.#known.set(id, known);
    this.#tell(id, known);
    return known;
  }

  #tell(id: string, known: Known): void {
    this.#deps.print(orderReportLine(toldOf(id, known)));
  }

  /** What is neither listed nor runs: refused ones at once, done ones when there are many, the oldest first. */
  #forget({ orders }: OrderList<Order>): void {
    const ids = new Set(orders.map(({ id }) => id));
    const past = [...this.#known].filter(([id, { stop }]) => !ids.has(id) && stop === undefined);
    const done = past.filter(([, { state }]) => state === 'done');
    const kept = new Set(done.slice(-rememberedOrders).map(([id]) => id));
    for (const [id] of past) if (!kept.has(id)) this.#known.delete(id);
  }

  #anyRuns(): boolean {
    return [...this.#known.values()].some(({ stop }) => stop !== undefined);
  }
}

function toldOf(order: string, { state, progress, result }: Known): Told {
  return { order, state, progress, result };
}
