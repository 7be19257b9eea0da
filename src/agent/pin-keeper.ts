import type { AgentOrder } from '../api/agent-order.ts';
import { type AgentJob, PinsFound } from './agent-job.ts';

export interface PinKeeperDeps {
  /** Carries out one job in a process of its own. */
  readonly ask: (job: AgentJob) => Promise<unknown>;
  readonly print: (line: string) => void;
}

/**
 * Takes off the pins of enbi's that no order names: those of whoever was killed before it could, and those that are not wanted any more.
 * It asks again what is named after it has seen what is pinned: an import is listed before it pins.
 */
export class PinKeeper {
  readonly #deps: PinKeeperDeps;
  /** Undefined: nobody has said yet. */
  #named: ReadonlySet<string> | undefined;
  #isDue = false;

  constructor(deps: PinKeeperDeps) {
    this.#deps = deps;
  }

  /** Something is pinned, perhaps, that should not be. */
  get isDue(): boolean {
    return this.#isDue;
  }

  listed(orders: readonly (AgentOrder | undefined)[]): void {
    const named = new Set(orders.flatMap((order) => holderIn(order) ?? []));
    this.#isDue ||= this.#named === undefined || [...this.#named].some((by) => !named.has(by));
    this.#named = named;
  }

  /** Takes off what is named here as well, since nobody may come after this. Not what only another agent was told: it may be there. */
  async release(): Promise<void> {
    const named = this.#named ?? new Set();
    if (named.size > 0) await this.#takeOff((by) => named.has(by));
  }

  /** False: it failed, which is told, and is due again. */
  async tidy(): Promise<boolean> {
    this.#isDue = false;
    return await this.#takeOff((by) => this.#named?.has(by) === false);
  }

  async #takeOff(isUnwanted: (by: string) => boolean): Promise<boolean> {
    const found = PinsFound.safeParse(await this.#deps.ask({ do: 'find pins' }));
    const pins = found.data?.pins.filter(({ by }) => isUnwanted(by)) ?? [];
    const isDone = found.success && (pins.length === 0 || isOk(await this.#deps.ask({ do: 'unpin', pins })));
    if (!isDone) {
      this.#isDue = true;
      this.#deps.print('[enbi] pins that nobody wants cannot be taken off now, and are tried again');
      return false;
    }
    for (const { name } of pins) this.#deps.print(`[enbi] ${name} is pinned no longer`);
    return true;
  }
}

function holderIn(order: AgentOrder | undefined): string | undefined {
  if (order === undefined) return undefined;
  return 'pin' in order ? order.pin.by : order.import.pin?.by;
}

function isOk(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true;
}
