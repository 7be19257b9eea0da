import { asError } from '../../src/errors.ts';
import { plansFor } from './generate-plans.ts';
import type { Ground } from './ground/ground.ts';
import { judge, type Reference, referenceOf } from './oracles/oracles.ts';
import { effectiveWrites, eitherOf } from './oracles/writes.ts';
import type { FaultPlan } from './plan.ts';
import { type Run, runPlan } from './run-plan.ts';

/** What came of one plan; no problems: all held. */
export interface Verdict {
  readonly plan: FaultPlan;
  readonly problems: readonly string[];
  /** Faults whose moment never came. */
  readonly unmetFaults: number;
  /** Compared with undisturbed. */
  readonly extraWrites: number;
  readonly seconds: number;
}

/** The undisturbed runs of scenarios: what their plans are made from and judged by. */
export class Recordings {
  readonly #references = new Map<string, Reference>();
  readonly #plans: FaultPlan[] = [];

  /** Records scenarios by name. */
  static async make(names: readonly string[], grounds: readonly Ground[]): Promise<Recordings> {
    const recordings = new Recordings();
    const runs = new Map<string, Run>();
    const failures: string[] = [];
    await onGrounds(names, grounds, async (name, ground) => {
      await record(name, ground).then(
        (run) => runs.set(name, run),
        (thrown: unknown) => failures.push(asError(thrown).message),
      );
    });
    if (failures.length > 0) throw new Error(failures.join('\n'));
    for (const [name, run] of runs) recordings.#references.set(name, referenceOf(run));
    for (const name of names) recordings.#plans.push(...plansFor(name, runs.get(name)?.met ?? []));
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

  /** What a plan is compared with is in doubt: undisturbed it may be otherwise now and then. */
  async recordAgain(scenario: string, ground: Ground): Promise<Reference> {
    const known = this.reference(scenario);
    const again = referenceOf(await record(scenario, ground));
    const reference = { ...known, ...eitherOf(known, again) };
    this.#references.set(scenario, reference);
    return reference;
  }
}

/** An undisturbed run; one that is not in order itself is nothing to compare others with. */
async function record(scenario: string, ground: Ground): Promise<Run> {
  const run = await runPlan({ scenario, faults: [] }, ground);
  const problems = judge(run, referenceOf(run));
  if (problems.length > 0) throw new Error(`${scenario}, undisturbed: ${problems.join('\n')}`);
  return run;
}

export interface Trial {
  /** So many plans at once. */
  readonly grounds: readonly Ground[];
  readonly onVerdict: (verdict: Verdict) => void;
  /** Aborted: those under way are the last. */
  readonly stop?: AbortSignal;
}

export async function tryPlans(plans: readonly FaultPlan[], recordings: Recordings, trial: Trial): Promise<void> {
  const { grounds, onVerdict, stop } = trial;
  const rejections: string[] = [];
  const onRejection = (thrown: unknown) => rejections.push(`unhandled: ${asError(thrown).stack ?? ''}`);
  process.on('unhandledRejection', onRejection);
  await onGrounds(plans, grounds, async (plan, ground) => {
    if (stop?.aborted === true) return;
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
  let reference = recordings.reference(plan.scenario);
  if (judge(run, reference).length > 0) reference = await recordings.recordAgain(plan.scenario, ground);
  return {
    plan,
    problems: judge(run, reference),
    unmetFaults: run.unmetFaults,
    extraWrites: effectiveWrites(run) - reference.writes,
    seconds: (Date.now() - begunAt) / 1000,
  };
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

/** Works through the list on all grounds at once. */
async function onGrounds<T>(
  list: readonly T[],
  grounds: readonly Ground[],
  work: (item: T, ground: Ground) => Promise<void>,
): Promise<void> {
  const left = [...list];
  const worker = async (ground: Ground) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next, ground);
  };
  await Promise.all(grounds.map(worker));
}
