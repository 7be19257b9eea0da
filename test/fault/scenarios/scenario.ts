import type { Script } from '../stand-in/script.ts';
import type { Move, Role, Stage } from '../stand-in/stand-in.ts';

/** What happens in a world, whatever happens to the controller. */
export interface Scenario {
  readonly name: string;
  /** More than one, which elect the one that works. */
  readonly replicas?: number;
  /** How long the Job of a success stays; without it, not at all: what is left at the end is to be nothing. */
  readonly jobTtlSeconds?: number;
  /** How long agents stay that have nothing to do; without it, as long as on the ground it is played on. */
  readonly agentIdle?: number | 'always';
  /** enbi has no right to read logs. */
  readonly forbidsLogs?: boolean;
  readonly script?: (stage: () => Stage) => Script;
  /** What is there before the controller. */
  readonly begin: (stage: Stage) => Promise<void>;
  /** What others do, one after the other. */
  readonly acts?: readonly Act[];
  /** All has come as it was to come. */
  readonly isDone: (stage: Stage) => boolean;
}

export interface Act {
  readonly when: (stage: Stage) => boolean;
  readonly afterMs?: number;
  readonly make: (stage: Stage) => Promise<void>;
}

/** Makes the acts of a scenario, each when the one before has been made and its time has come. */
export class Acts {
  readonly #acts: readonly Act[];
  #made = 0;

  constructor({ acts = [] }: Scenario) {
    this.#acts = acts;
  }

  get areOver(): boolean {
    return this.#made === this.#acts.length;
  }

  readonly role: Role = (stage) => this.#next(stage);

  *#next(stage: Stage): Iterable<Move> {
    const act = this.#acts[this.#made];
    if (act === undefined || !act.when(stage)) return;
    const make = async () => {
      this.#made++;
      await act.make(stage);
    };
    yield { key: `act ${this.#made}`, afterMs: act.afterMs ?? 0, make };
  }
}
