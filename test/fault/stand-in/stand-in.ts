import type { Hands } from '../world/hands.ts';
import type { Participant, World } from '../world/world.ts';
import type { BuildRuns } from './build-runs.ts';
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
}

/** Which image is on which node, and which of them is pinned by whom. */
export class Images {
  readonly #held = new Set<string>();
  readonly #pins = new Map<string, string>();

  /** The Pods, by name, that have pinned one. */
  get pinnedBy(): readonly string[] {
    return [...this.#pins.values()];
  }

  pin(node: string, image: string, pod: string): void {
    this.#pins.set(`${node} ${image}`, pod);
  }

  unpin(pod: string): void {
    for (const [image, holder] of this.#pins) if (holder === pod) this.#pins.delete(image);
  }

  load(node: string, image: string): void {
    this.#held.add(`${node} ${image}`);
  }

  remove(node: string, image: string): void {
    this.#held.delete(`${node} ${image}`);
    this.#pins.delete(`${node} ${image}`);
  }

  has(node: string, image: string): boolean {
    return this.#held.has(`${node} ${image}`);
  }
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
    stage.world.listen(() => {
      this.#isStale = true;
    });
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
