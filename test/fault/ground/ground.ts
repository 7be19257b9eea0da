import type { ControllerLife } from '../controller/controller-life.ts';
import type { Lab } from '../lab.ts';
import type { Session } from '../proxy/session.ts';
import type { Acts, Scenario } from '../scenarios/scenario.ts';
import type { BuildRuns } from '../stand-in/build-runs.ts';
import type { Role } from '../stand-in/stand-in.ts';
import type { World } from '../world/world.ts';

/** What of enbi's settings is not the same in all scenarios. */
export interface LifeSettings {
  readonly jobTtlSeconds: number;
  readonly agentIdle: number | 'always';
  readonly image: string;
}

export interface LifeOptions {
  readonly world: World;
  readonly session: Session;
  /** Which replica it is. */
  readonly instance: string;
  /** It is one of several, and works when it is elected. */
  readonly elects: boolean;
  readonly settings: LifeSettings;
  readonly failed: (error: unknown) => void;
}

/** Where a plan is carried out: what is real there and what is played, and whose time it is. */
export interface Ground {
  readonly lab: Lab;
  /** So long nothing may be written before it counts as quiet. */
  readonly quietMs: number;
  readonly longestMs: number;
  /** How long agents stay, where the scenario does not say. */
  readonly agentIdle: number;
  scenario(name: string): Scenario;
  /** A world in which nothing is yet. */
  fresh(): Promise<World>;
  /** Who plays beside enbi. */
  roles(acts: Acts): readonly Role[];
  runsIn(world: World): BuildRuns;
  startLife(options: LifeOptions): ControllerLife;
  endStateOf(world: World): readonly string[];
  /** How many writes there are says something. */
  readonly countsWrites: boolean;
  /** Leaves the world, while a controller is there yet; what it does not get rid of. */
  tidy(world: World): Promise<readonly string[]>;
}
