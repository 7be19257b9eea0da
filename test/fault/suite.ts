import { asError } from '../../src/errors.ts';
import { plansFor } from './generate-plans.ts';
import type { Lab } from './lab.ts';
import { judge, type Reference, referenceOf } from './oracles/oracles.ts';
import type { FaultPlan } from './plan.ts';
import { type Ground, type Run, runPlan } from './run-plan.ts';
import { scenarios } from './scenarios/scenarios.ts';

/** What came of one plan; no problems: all held. */
export interface Verdict {
  readonly plan: FaultPlan;
  readonly problems: readonly string[];
  /** Faults whose moment never came. */
  readonly unmetFaults: number;
  readonly seconds: number;
}

/** The undisturbed runs of scenarios: what their plans are made from and judged by. */
export class Recordings {
  readonly #references = new Map<string, Reference>();
  readonly #plans: FaultPlan[] = [];

  /** Records the scenarios, all when none are named. */
  static async make(lab: Lab, names: readonly string[] = []): Promise<Recordings> {
    const recordings = new Recordings();
    const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
    const runs: Run[] = [];
    await inWorlds([...chosen, ...chosen], lab, async ({ name }, world) => {
      runs.push(await record(name, lab, world));
    });
    for (const { name } of chosen) recordings.#add(name, runs);
    return recordings;
  }

  /** Every plan of one fault. */
  get plans(): readonly FaultPlan[] {
    return this.#plans;
  }

  reference(scenario: string): Reference {
    const reference = this.#references.get(scenario);
    if (reference === undefined) throw new Error(`scenario ${scenario} is not recorded`);
    return reference;
  }

  /** Two runs: which of two answers comes first is nobody's to say, and now and then it makes a write more or less. */
  #add(name: string, runs: readonly Run[]): void {
    const [run, other] = runs.filter(({ plan }) => plan.scenario === name);
    if (run === undefined || other === undefined) throw new Error(`scenario ${name} was not recorded`);
    const [reference, again] = [referenceOf(run), referenceOf(other)];
    this.#references.set(name, { ...reference, writes: Math.max(reference.writes, again.writes) });
    this.#plans.push(...plansFor(name, run.met));
  }
}

/** An undisturbed run; one that is not in order itself is nothing to compare others with. */
async function record(scenario: string, lab: Lab, world: string): Promise<Run> {
  const run = await runPlan({ scenario, faults: [] }, { lab, world });
  const problems = judge(run, referenceOf(run));
  if (problems.length > 0) throw new Error(`${scenario}, undisturbed: ${problems.join('\n')}`);
  return run;
}

export interface Trial {
  readonly lab: Lab;
  readonly asProcesses?: boolean;
  readonly onVerdict: (verdict: Verdict) => void;
}

export async function tryPlans(plans: readonly FaultPlan[], recordings: Recordings, trial: Trial): Promise<void> {
  const { lab, asProcesses = false, onVerdict } = trial;
  const rejections: string[] = [];
  const onRejection = (thrown: unknown) => rejections.push(`unhandled: ${asError(thrown).stack ?? ''}`);
  process.on('unhandledRejection', onRejection);
  await inWorlds(plans, lab, async (plan, world) => {
    const ground = { lab, world, asProcesses };
    const verdict = await tryPlan(plan, recordings, ground);
    // Nobody can tell whose it is: this plan's, or that of one beside it.
    const problems = [...verdict.problems, ...rejections.splice(0)];
    onVerdict(problems.length > 0 ? await minimised({ ...verdict, problems }, recordings, ground) : verdict);
  });
  process.off('unhandledRejection', onRejection);
}

async function tryPlan(plan: FaultPlan, recordings: Recordings, ground: Ground): Promise<Verdict> {
  const begunAt = Date.now();
  const run = await runPlan(plan, ground);
  const problems = judge(run, recordings.reference(plan.scenario));
  return { plan, problems, unmetFaults: run.unmetFaults, seconds: (Date.now() - begunAt) / 1000 };
}

/** The same failure with fewer faults, as far as one can be left out at a time. */
async function minimised(verdict: Verdict, recordings: Recordings, ground: Ground): Promise<Verdict> {
  const { scenario, faults } = verdict.plan;
  if (faults.length < 2) return verdict;
  for (const left of faults) {
    const fewer = { scenario, faults: faults.filter((fault) => fault !== left) };
    const smaller = await tryPlan(fewer, recordings, ground);
    if (smaller.problems.length > 0) return await minimised(smaller, recordings, ground);
  }
  return verdict;
}

/** Works through the list in all worlds at once. */
async function inWorlds<T>(
  list: readonly T[],
  { worlds }: Lab,
  work: (item: T, world: string) => Promise<void>,
): Promise<void> {
  const left = [...list];
  const worker = async (world: string) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next, world);
  };
  await Promise.all(worlds.map(worker));
}

/** Names of worlds; those of one part are nobody else's. */
export function worldNames(count: number, part = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `w${part * 100 + index + 1}`);
}
