import { orderFile } from '../adapters/downward-api/order-file.ts';
import { BuilderOrder } from '../api/builder-order.ts';
import { type Listed, type OrderList, parseOrderList } from '../api/order-list.ts';
import { listReportLine } from '../api/order-report.ts';
import { reportLine } from '../api/report.ts';
import { type Ledger, readLedger, withOrder, writeLedger } from './order-ledger.ts';

export interface DeskPlaces {
  readonly step: 'fetch' | 'build';
  /** Of enbi: orders of another are not taken. */
  readonly version: string;
  /** The list, and what was carried out of it and of those before. */
  readonly orders: string;
  readonly ledger: string;
  readonly print: (line: string) => void;
}

/** What the loop does after a process (image/builder.sh). Any other exit code is the container's. */
export const whatIsLeft = {
  /** Nothing is listed: it waits for as long as it may. */
  nothing: 0,
  /** The first that is listed is carried out here: it waits for another list. */
  carriedOut: 20,
  /** Another order: at once. */
  another: 21,
  /** It ends. */
  end: 22,
} as const;

/** News of a list may be lost; then it is found so late. */
const lookMs = 5000;

/** The list of a builder's orders as it stands, and what of it is left to do. */
export class OrderDesk {
  readonly #places: DeskPlaces;
  #ledger: Ledger;
  #text: string | undefined;
  #list: OrderList<BuilderOrder> | undefined;
  #looking: Promise<void> = Promise.resolve();

  private constructor(places: DeskPlaces, ledger: Ledger) {
    this.#places = places;
    this.#ledger = ledger;
  }

  static async open(places: DeskPlaces): Promise<OrderDesk> {
    const desk = new OrderDesk(places, await readLedger(places.ledger));
    await desk.look();
    return desk;
  }

  get ids(): readonly string[] {
    return (this.#list?.orders ?? []).map(({ id }) => id);
  }

  /** The first, unless it was carried out. Others wait until it has left the list: nothing is built while anything is fetched. */
  get next(): Listed<BuilderOrder> | undefined {
    const [first] = this.#list?.orders ?? [];
    return first === undefined || this.#isDone(first.id) ? undefined : first;
  }

  get left(): number {
    if (this.next !== undefined) return whatIsLeft.another;
    const isAllDone = this.ids.every((id) => this.#isDone(id));
    if (isAllDone && this.#list?.staySeconds === 0) return whatIsLeft.end;
    return this.ids.length === 0 ? whatIsLeft.nothing : whatIsLeft.carriedOut;
  }

  /** Whether any was understood so far. */
  get hasList(): boolean {
    return this.#list !== undefined;
  }

  isListed(id: string): boolean {
    return this.ids.includes(id);
  }

  isOnce(id: string): boolean {
    return this.#list?.orders.some((order) => order.id === id && order.once) === true;
  }

  /** One look after another. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  /** Looks whenever there may be another list, and calls the listener after each. Returns the end of it. */
  watch(listener: () => void): () => void {
    const look = () => void this.look().then(listener);
    const unsubscribe = orderFile(this.#places.orders).subscribe(look);
    const timer = setInterval(look, lookMs);
    // What came before this listened.
    look();
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  /** Whether it is known from now on that this order was carried out, and with what result. */
  async note(order: string, result: string): Promise<boolean> {
    this.#ledger = withOrder(this.#ledger, { order, result });
    return await writeLedger(this.#places.ledger, this.#ledger);
  }

  /** Knows nothing from now on of orders that are not listed. Gives those that are. */
  async forgetOthers(): Promise<readonly string[]> {
    const done = this.#ledger.done.filter(({ order }) => this.isListed(order));
    if (done.length < this.#ledger.done.length) {
      this.#ledger = { ...this.#ledger, done };
      await writeLedger(this.#places.ledger, this.#ledger);
    }
    return this.ids;
  }

  /** What cannot be understood changes nothing. */
  async #look(): Promise<void> {
    const { version, print, orders } = this.#places;
    const text = await orderFile(orders).read();
    if (text === undefined || text === '' || text === this.#text) return;
    this.#text = text;
    const list = parseOrderList(text, { version, order: BuilderOrder });
    if (typeof list === 'string') print(listReportLine({ list, version }));
    else await this.#take(list);
  }

  async #take(list: OrderList<BuilderOrder>): Promise<void> {
    this.#list = list;
    const { ask } = this.#ledger;
    if (list.ask === ask) return;
    if (ask !== undefined) this.#answer(list.ask);
    this.#ledger = { ...this.#ledger, ask: list.ask };
    await writeLedger(this.#places.ledger, this.#ledger);
  }

  #isDone(id: string): boolean {
    return this.#ledger.done.some(({ order }) => order === id);
  }

  #answer(ask: string): void {
    const { step, print, version } = this.#places;
    for (const { order, result } of this.#ledger.done) print(reportLine({ step, order }, result));
    print(listReportLine({ list: 'read', version, ask, orders: this.#ledger.done.length }));
  }
}
