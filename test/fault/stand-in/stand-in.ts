import type { Hands } from '../world/hands.ts';
import type { Participant, World } from '../world/world.ts';
import type { Agents } from './agents.ts';
import type { BuildRuns } from './build-runs.ts';
import type { Images } from './images.ts';
import type { Logs } from './logs.ts';
import type { Script } from './script.ts';

/** What one of those that enbi works beside would do next. */
export interface Move {
  /** The same for as long as it is the same move. */
  readonly key: string;
  readonly afterMs: number;
  readonly make: () => Promise<void>;
}

export interface Stage {
  readonly world: World;
  readonly hands: Hands;
  readonly script: Script;
  readonly images: Images;
  readonly runs: BuildRuns;
  readonly logs: Logs;
  readonly agents: Agents;
  /** Another enbi takes the place of the one that is there. */
  readonly install: (image: string) => void;
}

export type Role = (stage: Stage) => Iterable<Move>;

/**
 * Plays everybody that enbi works beside: each role looks at the world as it is and says what it would do next. A move is made
 * when its time has come and the role still wants it. So whatever enbi does or leaves undone, the others go on as they would.
 */
export class StandIn implements Participant {
  readonly #stage: Stage;
  readonly #roles: readonly Role[];
  readonly #due = new Map<string, () => void>();
  readonly #failed: (error: unknown) => void;
  #making = 0;
  #isStale = true;

  constructor(stage: Stage, roles: readonly Role[], failed: (error: unknown) => void) {
    this.#stage = stage;
    this.#roles = roles;
    this.#failed = failed;
    stage.world.participants.add(this);
    const changed = () => {
      this.#isStale = true;
    };
    stage.world.listen(changed);
    stage.agents.listen(changed);
  }

  get isAtRest(): boolean {
    if (this.#isStale && this.#making === 0) this.look();
    return this.#making === 0;
  }

  /** Moves that are yet to be made. */
  get hasPlans(): boolean {
    return this.#due.size > 0;
  }

  look(): void {
    this.#isStale = false;
    const wanted = this.#wanted();
    for (const [key, cancel] of this.#due) {
      if (wanted.has(key)) continue;
      cancel();
      this.#due.delete(key);
    }
    for (const move of wanted.values()) {
      if (this.#due.has(move.key)) continue;
      this.#due.set(
        move.key,
        this.#stage.world.clock.setTimer(move.afterMs, () => this.#make(move.key)),
      );
    }
  }

  #wanted(): ReadonlyMap<string, Move> {
    const moves = this.#roles.flatMap((role) => [...role(this.#stage)]);
    return new Map(moves.map((move) => [move.key, move]));
  }

  #make(key: string): void {
    this.#due.delete(key);
    const move = this.#wanted().get(key);
    if (move === undefined) return;
    this.#making++;
    void move
      .make()
      .then(() => this.#stage.world.caughtUp())
      .catch(this.#failed)
      .finally(() => {
        this.#making--;
        this.#isStale = true;
        this.#stage.world.noteActivity();
      });
  }
}
