import { asError } from '../../src/errors.ts';
import type { ControllerLife } from './controller/controller-life.ts';
import type { Ground } from './ground/ground.ts';
import { agentsAtTheEnd, missingImages } from './oracles/agents.ts';
import { orphans, unlikeKstatus } from './oracles/at-the-end.ts';
import { type AgentFault, type Fault, type FaultPlan, listFaults, wordFaults } from './plan.ts';
import { Disturbance, type Met } from './proxy/disturbance.ts';
import { Session, type Written } from './proxy/session.ts';
import { Acts, type Scenario } from './scenarios/scenario.ts';
import { type AgentMoment, Agents } from './stand-in/agents.ts';
import type { BuildRun } from './stand-in/build-runs.ts';
import { type HeldPin, Images } from './stand-in/images.ts';
import type { ImportRun } from './stand-in/import-runs.ts';
import { Logs } from './stand-in/logs.ts';
import { allGoesWell } from './stand-in/script.ts';
import { type Stage, StandIn } from './stand-in/stand-in.ts';
import { Hands } from './world/hands.ts';
import type { World } from './world/world.ts';

/** What came of a plan. */
export interface Run {
  readonly plan: FaultPlan;
  /** Name of its world. */
  readonly world: string;
  readonly lives: readonly ControllerLife[];
  readonly written: readonly Written[];
  readonly met: readonly Met[];
  readonly unmetFaults: number;
  readonly builds: readonly BuildRun[];
  readonly imports: readonly ImportRun[];
  readonly pins: readonly HeldPin[];
  /** The most Jobs of agents that one node ever had at once. */
  readonly mostAgents: number;
  /** Writes by which controllers that began anew found out that no log may be read: they tell an agent so, and then otherwise. */
  readonly foundOut: number;
  /** enbi's own namespace in it. */
  readonly home: string;
  readonly endState: readonly string[];
  /** What is wrong with what there is in the end, whatever the plan. */
  readonly wrongInTheEnd: readonly string[];
  readonly countsWrites: boolean;
  /** Why it was given up; undefined: it came to rest. */
  readonly gaveUp?: string;
}

const firstImage = 'enbi.hrzn.ee/enbi:0.1.0';
const kindOfMoment = { 'agent list': 'list', 'agent line': 'word' } as const;
const mostLeaps = 20_000;
const restartMs = 1000;

export async function runPlan(plan: FaultPlan, ground: Ground): Promise<Run> {
  const world = await ground.fresh();
  const course = new Course(plan, ground, world);
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
  readonly #ground: Ground;
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #disturbance: Disturbance;
  readonly #written: Written[] = [];
  readonly #lives: ControllerLife[] = [];
  readonly #sessions: Session[] = [];
  readonly #stage: Stage;
  readonly #acts: Acts;
  #image: string;
  #failure: string | undefined;

  constructor(plan: FaultPlan, ground: Ground, world: World) {
    this.#plan = plan;
    this.#ground = ground;
    this.#world = world;
    this.#scenario = ground.scenario(plan.scenario);
    this.#acts = new Acts(this.#scenario);
    this.#disturbance = new Disturbance(plan);
    this.#image = firstImage;
    this.#stage = this.#newStage();
  }

  async run(): Promise<Run> {
    await this.#scenario.begin(this.#stage);
    await this.#world.caughtUp();
    const standIn = new StandIn(this.#stage, this.#ground.roles(this.#acts), (thrown) => this.#fail(thrown));
    const replicas = this.#scenario.replicas ?? 1;
    for (let replica = 0; replica < replicas; replica++) this.#startLife(`enbi-${replica}`, false);
    const gaveUp = await this.#untilQuiet(standIn).catch((thrown: unknown) => asError(thrown).message);
    const unmetFaults = this.#disturbance.unmet.length;
    const endState = this.#ground.endStateOf(this.#world);
    const wrongInTheEnd = [...orphans(this.#world), ...unlikeKstatus(this.#world), ...this.#wrongWithAgents()];
    return {
      plan: this.#plan,
      world: this.#world.name,
      lives: this.#lives,
      written: this.#written,
      met: [...this.#disturbance.met],
      unmetFaults,
      builds: this.#stage.runs.all,
      imports: this.#stage.agents.imports.all,
      pins: this.#stage.images.pins,
      mostAgents: this.#stage.agents.mostOfNode,
      foundOut: this.#scenario.forbidsLogs === true ? 2 * (this.#lives.length - 1) : 0,
      home: this.#world.home,
      endState,
      wrongInTheEnd: [...wrongInTheEnd, ...(await this.#ground.tidy(this.#world))],
      countsWrites: this.#ground.countsWrites,
      ...(gaveUp === undefined ? {} : { gaveUp }),
    };
  }

  end(): void {
    for (const life of this.#lives) life.end();
    this.#stage.agents.killAll();
    for (const session of this.#sessions) this.#ground.lab.proxy.forget(session);
  }

  #newStage(): Stage {
    const [world, hands, images, logs] = [this.#world, new Hands(this.#world), new Images(), new Logs()];
    const script = this.#scenario.script?.(() => this.#stage) ?? allGoesWell;
    const meet = (moment: AgentMoment) => agentFaultAmong(this.#disturbance.meet(moment, kindOfMoment[moment]));
    const killController = () => this.#killAll();
    const agents = new Agents({ world, hands, images, logs, script, meet, killController });
    const install = (image: string) => {
      this.#image = image;
      this.#killAll();
    };
    return { world, hands, script, images, logs, agents, install, runs: this.#ground.runsIn(world) };
  }

  #killAll(): void {
    for (const session of this.#sessions) session.die();
  }

  /** Nobody plays the agents of a real cluster. */
  #wrongWithAgents(): readonly string[] {
    if (!this.#world.isPlayed) return [];
    return [...this.#stage.agents.refused, ...agentsAtTheEnd(this.#world), ...missingImages(this.#stage)];
  }

  async #untilQuiet(standIn: StandIn): Promise<string | undefined> {
    const { clock } = this.#world;
    const { quietMs, longestMs } = this.#ground;
    const begunAt = clock.ms;
    for (let leaps = 0; leaps < mostLeaps; leaps++) {
      await this.#world.rest();
      if (this.#failure !== undefined) return this.#failure;
      const isDone = this.#acts.areOver && !standIn.hasPlans && this.#scenario.isDone(this.#stage);
      const lastWriteAt = Math.max(this.#written.at(-1)?.atMs ?? begunAt, begunAt);
      if (isDone && clock.ms - lastWriteAt >= quietMs) return undefined;
      if (clock.ms - begunAt > longestMs) return isDone ? 'the writes never end' : 'it never came as it was to come';
      await clock.step();
    }
    return 'it goes round and round';
  }

  #startLife(instance: string, lagging: boolean): void {
    const session: Session = new Session({
      world: this.#world,
      logs: this.#stage.logs,
      disturbance: this.#disturbance,
      written: this.#written,
      forbidsLogs: this.#scenario.forbidsLogs === true,
      isLagging: lagging,
      onKill: (how) => this.#restart(instance, session, how.lagging),
      onFailure: (thrown) => this.#fail(thrown),
    });
    this.#sessions.push(session);
    const elects = this.#scenario.replicas !== undefined;
    const failed = (thrown: unknown) => this.#fail(thrown);
    const { jobTtlSeconds = 0, agentIdle = this.#ground.agentIdle } = this.#scenario;
    const settings = { jobTtlSeconds, agentIdle, image: this.#image };
    const life = this.#ground.startLife({ world: this.#world, session, instance, elects, settings, failed });
    this.#lives.push(life);
    this.#world.participants.add(life);
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

function agentFaultAmong(fault: Fault['does'] | undefined): AgentFault | undefined {
  return [...listFaults, ...wordFaults].find((each) => each === fault);
}
