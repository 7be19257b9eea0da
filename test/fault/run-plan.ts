import { asError } from '../../src/errors.ts';
import type { ControllerLife } from './controller/controller-life.ts';
import { InnerLife } from './controller/inner-life.ts';
import { ProcessLife } from './controller/process-life.ts';
import type { Lab } from './lab.ts';
import type { FaultPlan } from './plan.ts';
import { Disturbance, type Met } from './proxy/disturbance.ts';
import { Session, type Written } from './proxy/session.ts';
import { Acts, type Scenario } from './scenarios/scenario.ts';
import { scenarioNamed } from './scenarios/scenarios.ts';
import { type BuildRun, BuildRuns } from './stand-in/build-runs.ts';
import { garbageCollector, namespaces, podCollector } from './stand-in/garbage.ts';
import { jobs } from './stand-in/jobs.ts';
import { kubelets } from './stand-in/kubelet.ts';
import { scheduler } from './stand-in/scheduler.ts';
import { allGoesWell } from './stand-in/script.ts';
import { Images, type Stage, StandIn } from './stand-in/stand-in.ts';
import { volumes } from './stand-in/volumes.ts';
import { Hands } from './world/hands.ts';
import { LeapingTime } from './world/leaping-time.ts';
import { realTime } from './world/real-time.ts';
import { freshWorld } from './world/reset-world.ts';
import type { World } from './world/world.ts';

/** What came of a plan. */
export interface Run {
  readonly plan: FaultPlan;
  readonly stage: Stage;
  readonly lives: readonly ControllerLife[];
  readonly written: readonly Written[];
  readonly met: readonly Met[];
  readonly unmetFaults: number;
  readonly builds: readonly BuildRun[];
  /** Why it was given up; undefined: it came to rest. */
  readonly gaveUp?: string;
}

/** So long nothing may be written before it counts as quiet. */
const quietMs = 61_000;
/** In real time nobody has that patience. */
const realQuietMs = 6000;
const longestMs = 45 * 60_000;
const mostLeaps = 5000;
const restartMs = 1000;

export interface Ground {
  readonly lab: Lab;
  /** Name of the world. */
  readonly world: string;
  /** Controllers are processes of their own, in real time: what there is no doubt about, and slow. */
  readonly asProcesses?: boolean;
}

export async function runPlan(plan: FaultPlan, { lab, world: name, asProcesses = false }: Ground): Promise<Run> {
  const world = await freshWorld(name, asProcesses ? realTime : new LeapingTime(), lab);
  const course = new Course(plan, lab, world);
  try {
    return await course.run();
  } finally {
    course.end();
    world.leave();
  }
}

/** One run of one plan. */
class Course {
  readonly #plan: FaultPlan;
  readonly #lab: Lab;
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #disturbance: Disturbance;
  readonly #written: Written[] = [];
  readonly #lives: ControllerLife[] = [];
  readonly #sessions: Session[] = [];
  readonly #stage: Stage;
  readonly #acts: Acts;
  #failure: string | undefined;

  constructor(plan: FaultPlan, lab: Lab, world: World) {
    this.#plan = plan;
    this.#lab = lab;
    this.#world = world;
    this.#scenario = scenarioNamed(plan.scenario);
    this.#acts = new Acts(this.#scenario);
    this.#disturbance = new Disturbance(plan);
    const script = this.#scenario.script?.(() => this.#stage) ?? allGoesWell;
    this.#stage = { world, hands: new Hands(world), script, images: new Images(), runs: new BuildRuns() };
  }

  async run(): Promise<Run> {
    await this.#scenario.begin(this.#stage);
    await this.#world.caughtUp();
    const roles = [volumes, jobs, scheduler, kubelets, garbageCollector, podCollector, namespaces, this.#acts.role];
    const standIn = new StandIn(this.#stage, roles, (thrown) => this.#fail(thrown));
    const replicas = this.#scenario.replicas ?? 1;
    for (let replica = 0; replica < replicas; replica++) this.#startLife(`enbi-${replica}`, false);
    const gaveUp = await this.#untilQuiet(standIn);
    return {
      plan: this.#plan,
      stage: this.#stage,
      lives: this.#lives,
      written: this.#written,
      met: this.#disturbance.met,
      unmetFaults: this.#disturbance.unmet.length,
      builds: this.#stage.runs.all,
      ...(gaveUp === undefined ? {} : { gaveUp }),
    };
  }

  end(): void {
    for (const life of this.#lives) life.end();
    for (const session of this.#sessions) this.#lab.proxy.forget(session);
  }

  async #untilQuiet(standIn: StandIn): Promise<string | undefined> {
    const { clock } = this.#world;
    const begunAt = clock.ms;
    for (let leaps = 0; leaps < mostLeaps; leaps++) {
      await this.#world.rest();
      if (this.#failure !== undefined) return this.#failure;
      const isDone = this.#acts.areOver && !standIn.hasPlans && this.#scenario.isDone(this.#stage);
      const lastWriteAt = Math.max(this.#written.at(-1)?.atMs ?? begunAt, begunAt);
      if (isDone && clock.ms - lastWriteAt >= (clock === realTime ? realQuietMs : quietMs)) return undefined;
      if (clock.ms - begunAt > longestMs) return isDone ? 'the writes never end' : 'it never came as it was to come';
      await clock.step();
    }
    return 'it goes round and round';
  }

  #startLife(instance: string, lagging: boolean): void {
    const session: Session = new Session({
      world: this.#world,
      disturbance: this.#disturbance,
      written: this.#written,
      isLagging: lagging,
      onKill: (how) => this.#restart(instance, session, how.lagging),
      onFailure: (thrown) => this.#fail(thrown),
    });
    this.#sessions.push(session);
    const life = this.#newLife(instance, session);
    this.#lives.push(life);
    this.#world.participants.add(life);
  }

  #newLife(instance: string, session: Session): ControllerLife {
    const access = this.#lab.proxy.open(session);
    const failed = (thrown: unknown) => this.#fail(thrown);
    const elects = this.#scenario.replicas !== undefined;
    const options = { world: this.#world, session, access, instance, elects };
    if (this.#world.clock !== realTime) return new InnerLife(options, failed);
    return new ProcessLife(this.#world, session, { ...this.#lab, server: access.server }, failed);
  }

  #restart(instance: string, session: Session, lagging: boolean): void {
    const life = this.#lives[this.#sessions.indexOf(session)];
    life?.end();
    if (life !== undefined) this.#world.participants.delete(life);
    this.#world.clock.setTimer(restartMs, () => this.#startLife(instance, lagging));
  }

  #fail(thrown: unknown): void {
    const error = asError(thrown);
    this.#failure ??= error.stack ?? error.message;
  }
}
