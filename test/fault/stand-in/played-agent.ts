import { FairTurns } from '../../../src/agent/fair-turns.ts';
import { PinKeeper } from '../../../src/agent/pin-keeper.ts';
import { type AgentImport, AgentOrder } from '../../../src/api/agent-order.ts';
import type { OrderResult } from '../../../src/api/order-report.ts';
import { exitCode } from '../../../src/api/result.ts';
import { FakeOrderSource } from '../../../src/mailbox/fake-order-source.ts';
import { type Ending as Served, serveOrders } from '../../../src/mailbox/serve-orders.ts';
import { type Run, Worker } from '../../../src/mailbox/worker.ts';
import { type Clock, pause } from '../../../src/runtime/clock.ts';
import type { Images } from './images.ts';
import type { ImportRuns } from './import-runs.ts';
import type { Ending } from './script.ts';

export interface AgentSetup {
  readonly uid: string;
  readonly node: string;
  readonly version: string;
  readonly clock: Clock;
  readonly images: Images;
  readonly imports: ImportRuns;
  /** What an import comes to. */
  readonly ending: () => Ending;
  readonly print: (line: string) => void;
  /** It has ended by itself. */
  readonly ended: () => void;
}

const stopped: OrderResult = { ok: false, reason: 'PodLost', retry: true, message: 'the import was stopped' };

/** The agent of a node: the real one but for its processes, which read archives and speak with containerd. */
export class PlayedAgent {
  readonly source = new FakeOrderSource();
  /** What its container ends with; undefined: it runs. */
  ending: Ending | undefined;
  readonly #setup: AgentSetup;
  readonly #stop = new AbortController();
  readonly #turns = new FairTurns();
  readonly #pins: PinKeeper;
  readonly #over: Promise<void>;
  #wake: () => void = () => undefined;
  #tidying: Promise<void> | undefined;

  constructor(setup: AgentSetup) {
    this.#setup = setup;
    const print = (line: string) => this.#print(line);
    this.#pins = new PinKeeper({ ask: (job) => Promise.resolve(this.#askOfPins(job)), print });
    const worker = new Worker<AgentOrder>({
      version: setup.version,
      order: AgentOrder,
      print,
      execute: (order, run) => ('pin' in order ? untilStopped(run.stop) : this.#import(order.import, run)),
      listed: ({ orders, atOnce }) => {
        this.#turns.atOnce = atOnce;
        this.#pins.listed(orders.map(({ order }) => order));
        this.#changed();
      },
      ended: () => this.#changed(),
    });
    const subscribe = (wake: () => void) => {
      this.#wake = wake;
    };
    const serving = { source: this.source, clock: setup.clock, signal: this.#stop.signal, subscribe };
    this.#over = serveOrders(worker, serving).then((served) => this.#serve(served));
  }

  /** From one moment to the next: nothing of it happens any more. What is pinned stays so. */
  kill(): void {
    if (this.ending !== undefined) return;
    this.ending = { afterMs: 0, exitCode: 137, message: '' };
    this.#setup.imports.endOf(this.#setup.uid, this.#setup.clock.now().getTime());
    this.#stop.abort();
    this.#setup.ended();
  }

  /** It is asked to end, and does. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }

  async #serve(served: Served): Promise<void> {
    await this.#tidying;
    if (this.ending !== undefined) return;
    if (served.because === 'stopped') await this.#pins.release();
    else if (this.#pins.isDue) await this.#pins.tidy();
    this.ending = { afterMs: 0, exitCode: exitCode.ok, message: served.because === 'once' ? served.word : '' };
    this.#setup.ended();
  }

  #print(line: string): void {
    if (this.ending === undefined) this.#setup.print(line);
  }

  #changed(): void {
    if (this.#mayTidy()) this.#tidying ??= this.#tidy();
    this.#wake();
  }

  async #tidy(): Promise<void> {
    await pause(this.#setup.clock, 0, this.#stop.signal);
    if (this.#mayTidy()) await this.#pins.tidy();
    this.#tidying = undefined;
    if (this.#mayTidy()) this.#changed();
  }

  /** As the real one: imports come first. */
  #mayTidy(): boolean {
    return this.#pins.isDue && this.#turns.isQuiet && this.ending === undefined;
  }

  async #import(order: AgentImport, { id, stop }: Run): Promise<OrderResult> {
    const tenant = order.owner.namespace;
    return (await this.#turns.take({ tenant, id, stop }, () => this.#load(order, stop))) ?? stopped;
  }

  async #load({ owner: { uid: build }, imageName, pin }: AgentImport, stop: AbortSignal): Promise<OrderResult> {
    const { clock, images, imports, node, uid: agent, ending } = this.#setup;
    if (this.ending !== undefined) return stopped;
    imports.begin({ build, node, agent, startedAt: clock.now().getTime() });
    const { afterMs, exitCode: code, message } = ending();
    await pause(clock, afterMs, stop);
    if (this.ending !== undefined) return stopped;
    const isLoaded = code === exitCode.ok && !stop.aborted;
    imports.end({ build, agent }, clock.now().getTime(), isLoaded);
    if (stop.aborted) return stopped;
    if (isLoaded) images.load(node, imageName);
    if (isLoaded && pin !== undefined) images.pin(node, imageName, pin.by);
    return JSON.parse(message) as OrderResult;
  }

  /** What a process of the agent's asks containerd. */
  #askOfPins(job: Parameters<ConstructorParameters<typeof PinKeeper>[0]['ask']>[0]): unknown {
    const { images, node } = this.#setup;
    if (this.ending !== undefined) return { ok: false };
    if (job.do === 'find pins') {
      const pins = images.pins.filter((pin) => pin.node === node).map(({ name, by }) => ({ name, by }));
      return { ok: true, pins };
    }
    if (job.do === 'unpin') for (const { name, by } of job.pins) images.unpin(node, name, by);
    return { ok: true };
  }
}

function untilStopped(stop: AbortSignal): Promise<OrderResult> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve(stopped);
    stop.addEventListener('abort', () => resolve(stopped), { once: true });
  });
}
