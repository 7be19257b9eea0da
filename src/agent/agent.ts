import { readFileSync } from 'node:fs';
import { type AgentImport, AgentOrder } from '../api/agent-order.ts';
import type { OrderList } from '../api/order-list.ts';
import type { OrderResult } from '../api/order-report.ts';
import { ImportResult } from '../api/result.ts';
import type { OrderSource } from '../mailbox/order-source.ts';
import { type Ending, serveOrders } from '../mailbox/serve-orders.ts';
import { type Run, Worker } from '../mailbox/worker.ts';
import { oneLine } from '../printable.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import type { AgentJob, AgentPlaces } from './agent-job.ts';
import { Child, type ChildStart } from './child.ts';
import { FairTurns } from './fair-turns.ts';
import { failure } from './how-it-ended.ts';
import { PinKeeper } from './pin-keeper.ts';
import { Spares } from './spares.ts';

export interface AgentDeps {
  /** Of enbi: orders of another are not taken. */
  readonly version: string;
  readonly source: OrderSource;
  readonly places: AgentPlaces;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Aborted when the Pod is stopped. */
  readonly stop: AbortSignal;
  /** The program that a child runs, and its arguments. */
  readonly command: readonly string[];
  /** What one import may take of memory. */
  readonly memoryBytes: number;
  readonly signalGroup: ChildStart['signalGroup'];
}

/** How long looking for pins may take, which is less than a Pod has to end, and until it is tried again. */
const pinSeconds = 12;
const pinRetryMs = 10_000;

/** Serves the orders of one node until there are none, or until it is stopped. */
export async function runAgent(deps: AgentDeps): Promise<Ending> {
  const agent = new Agent(deps);
  try {
    return await agent.serve();
  } finally {
    await agent.end();
  }
}

/** This process holds no image and no archive, only the orders: what reads a stranger's bytes is a child. */
class Agent {
  readonly #deps: AgentDeps;
  readonly #start: ChildStart;
  readonly #spares: Spares;
  readonly #turns = new FairTurns();
  readonly #pins: PinKeeper;
  readonly #over = new AbortController();
  #tidying: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    const { command, memoryBytes, signalGroup } = deps;
    this.#start = { command, signalGroup, dataBytes: memoryBytes + reservedBytes() };
    this.#spares = new Spares(this.#start);
    this.#pins = new PinKeeper({ ask: (job) => this.#askAside(job), print: deps.print });
  }

  async serve(): Promise<Ending> {
    const { version, print, source, clock, stop } = this.#deps;
    const worker = new Worker<AgentOrder>({
      version,
      print,
      order: AgentOrder,
      execute: (order, run) => ('pin' in order ? untilStopped(run.stop) : this.#load(order.import, run)),
      listed: (list) => this.#listed(list),
      ended: () => this.#changed(),
    });
    this.#spares.prepare();
    const subscribe = (wake: () => void) => {
      this.#wake = wake;
    };
    return await serveOrders(worker, { source, clock, signal: stop, subscribe });
  }

  /** Nobody else may come: what is due of pins is tried once more, and one that is stopped keeps none. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#tidying;
    if (this.#deps.stop.aborted) await this.#pins.release();
    else if (this.#pins.isDue) await this.#pins.tidy();
    await this.#spares.drop();
  }

  #listed({ orders, atOnce }: OrderList<AgentOrder>): void {
    this.#turns.atOnce = atOnce;
    this.#pins.listed(orders.map(({ order }) => order));
    this.#changed();
  }

  #changed(): void {
    if (this.#mayTidy()) this.#tidying ??= this.#tidy().finally(() => this.#tidied());
    this.#wake();
  }

  /** What was listed this moment is not forgotten. */
  #tidied(): void {
    this.#tidying = undefined;
    if (this.#mayTidy()) this.#changed();
  }

  /** Imports come first: Pods wait for them, and for nobody's pin to go. */
  #mayTidy(): boolean {
    return this.#pins.isDue && this.#turns.isQuiet && !this.#over.signal.aborted;
  }

  async #tidy(): Promise<void> {
    // What was listed with this has begun by then.
    await pause(this.#deps.clock, 0, this.#over.signal);
    while (this.#mayTidy()) {
      const isDone = await this.#pins.tidy();
      if (!isDone) await pause(this.#deps.clock, pinRetryMs, this.#over.signal);
    }
  }

  async #load(order: AgentImport, run: Run): Promise<OrderResult> {
    const { id, stop } = run;
    const tenant = order.owner.namespace;
    const begin = async () => {
      const answer = await this.#ask(this.#spares.take(), { do: 'import', order }, run, order.seconds);
      this.#spares.prepare();
      return resultOf(answer);
    };
    return (await this.#turns.take({ tenant, id, stop }, begin)) ?? stopped;
  }

  async #ask(child: Child, job: AgentJob, run: Pick<Run, 'id' | 'stop' | 'tell'>, seconds: number): Promise<unknown> {
    const line = (text: string) => this.#deps.print(`[enbi] ${run.id}: ${oneLine(text, 2000)}`);
    try {
      const hearing = { stop: run.stop, seconds, line, progress: (text: string) => run.tell(oneLine(text, 300)) };
      return await child.do({ job, places: this.#deps.places }, hearing);
    } finally {
      await child.end();
    }
  }

  /** Also when the Pod is stopped. */
  #askAside(job: AgentJob): Promise<unknown> {
    const run = { id: 'pins', stop: new AbortController().signal, tell: () => {} };
    return this.#ask(new Child(this.#start), job, run, pinSeconds);
  }
}

const stopped = failure('PodLost', true, 'the import was stopped');

/** A pin is held while it is listed. */
function untilStopped(stop: AbortSignal): Promise<OrderResult> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve(stopped);
    stop.addEventListener('abort', () => resolve(stopped), { once: true });
  });
}

/** A child has read what strangers wrote. */
function resultOf(answer: unknown): OrderResult {
  const parsed = ImportResult.safeParse(answer);
  return parsed.success
    ? parsed.data
    : failure('InvalidResult', false, 'the import ended with no result that can be read');
}

/**
 * What a process of this program counts as data before it has done anything: V8 sets half a gigabyte aside for code, of which it takes
 * next to nothing.
 */
function reservedBytes(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmData:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
