// `npm run fault`: what goes wrong between the controller and the API server, and whether it ends as if nothing had.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { stopSignal } from '../../src/main/stop-signal.ts';
import { runProgram } from '../../tools/run-program.ts';
import { randomPlans, sampleOf, shareOf } from './generate-plans.ts';
import { openSite, type Site } from './ground/site.ts';
import { describePlan, FaultPlan } from './plan.ts';
import { printByFault, printByScenario } from './print-table.ts';
import { isSlow } from './scenarios/scenarios.ts';
import { Recordings, tryPlans, type Verdict } from './suite.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Flags {
  readonly all?: true;
  readonly exhaustive?: true;
  readonly sample?: number;
  readonly random: number;
  readonly seed: number;
  readonly scenario: readonly string[];
  readonly at?: string;
  readonly plan?: string;
  readonly json?: string;
  readonly output: string;
  readonly worlds: number;
  readonly processes?: true;
  readonly cluster?: true;
  readonly part?: Part;
  readonly keep?: true;
  readonly name: string;
}

const program = new Command('fault')
  .description(
    'disturbs the controller on a real API server, and looks whether it ends as if undisturbed; needs Linux and root',
  )
  .option('--all', 'every moment of every scenario, each with some of its faults in turn, and the random plans')
  .option('--exhaustive', 'every moment with every fault: hours')
  .option('--sample <count>', 'so many plans, always the same (default: 200, with --cluster 12)', count)
  .option('--random <count>', 'with --all: so many plans of two or three faults each', count, 200)
  .option('--seed <number>', 'of the random plans', count, 1)
  .option('--scenario <name...>', 'only of these scenarios', [])
  .option('--at <moment>', 'only faults at moments that begin so: "line pods/log", for example')
  .option('--plan <file>', 'one plan, as a failure left it, and what happens in it')
  .option('--json <file>', 'also write the result to this file')
  .option('--output <directory>', 'where plans go that fail', 'dist/fault')
  .option('--worlds <count>', 'so many plans at once', count, 8)
  .option('--processes', 'controllers are processes that end by SIGKILL, in real time: only plans that kill')
  .option('--cluster', 'on the embedded cluster: real kubelet, containerd and Nix, a controller that is a process')
  .option('--part <i/n>', 'the i-th of n parts of the plans, each for a process of its own beside the others', part)
  .option('--name <name>', 'of the cluster that is made for it, so that two runs do not meet', 'fault')
  .option('--keep', 'leave the API server up, and use it again next time')
  .action(async (flags: Flags) => {
    const { cluster = false, processes = false, name, worlds, plan, part: { index = 0 } = {} } = flags;
    const wish = { cluster, processes, name, worlds: plan === undefined ? worlds : 1, part: index };
    await using site = await openSite(wish, { report: say, keep: flags.keep === true });
    const failed = plan === undefined ? await runSuite(flags, site) : await replay(plan, site);
    process.exitCode = failed === 0 ? 0 : 1;
  });

async function runSuite(flags: Flags, { grounds, scenarios }: Site): Promise<number> {
  const chosenScenarios = scenarios.filter((name) => flags.scenario.length === 0 || flags.scenario.includes(name));
  say(`recording ${chosenScenarios.length} scenarios, undisturbed`);
  const recordings = await Recordings.make(chosenScenarios, grounds);
  const begunAt = Date.now();
  const chosen = plansOf(flags, flags.processes === true ? killing(recordings.plans) : recordings.plans);
  const { index = 0, of = 1 } = flags.part ?? {};
  const mine = chosen.filter((_, at) => at % of === index);
  say(`${mine.length} of ${recordings.plans.length} plans`);
  const verdicts: Verdict[] = [];
  const onVerdict = (verdict: Verdict) => {
    verdicts.push(verdict);
    if (verdict.problems.length > 0) tell(verdict);
    if (verdicts.length % (flags.cluster === true ? 1 : 50) === 0) say(progress(verdicts.length, mine.length, begunAt));
  };
  const stop = stopSignal();
  await tryPlans(mine, recordings, { grounds, onVerdict, stop });
  const failed = verdicts.filter(({ problems }) => problems.length > 0);
  await keepPlans(failed, flags.output);
  say(`${printByScenario(verdicts)}\n\n${printByFault(verdicts)}\n`);
  say(`${verdicts.length} plans, ${failed.length} failed, ${perMinute(verdicts.length, begunAt)} a minute`);
  const result = {
    plans: verdicts.length,
    failed: failed.length,
    seed: flags.seed,
    failures: failed,
  };
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(result, null, 2)}\n`);
  if (verdicts.length < mine.length) throw new Error(`stopped: ${mine.length - verdicts.length} plans were not tried`);
  return failed.length;
}

/** Of the plans that there are, one of so many is in `--all`. */
const shareOfAll = 29;

function plansOf(flags: Flags, recorded: readonly FaultPlan[]): readonly FaultPlan[] {
  const { all, exhaustive, cluster, random, seed, at = '' } = flags;
  const plans = recorded.filter(({ faults }) => faults.every(({ at: { moment } }) => moment.startsWith(at)));
  const sample = flags.sample ?? (cluster === true ? 12 : 200);
  if (exhaustive === true) return plans;
  return all === true
    ? [...shareOf(plans, shareOfAll), ...randomPlans(plans, { count: random, seed })]
    : sampleOf(plans, sample);
}

/** In real time nobody waits for a fault that takes its time, nor for a scenario that does. */
function killing(plans: readonly FaultPlan[]): readonly FaultPlan[] {
  return plans.filter(({ scenario, faults: [fault] }) => !isSlow(scenario) && fault?.does.startsWith('kill-') === true);
}

function tell({ plan, problems }: Verdict): void {
  say(`✗ ${describePlan(plan)}`);
  for (const problem of problems) say(`    ${problem.slice(0, 600)}`);
}

function progress(tried: number, of: number, begunAt: number): string {
  return `${tried} of ${of} tried, ${perMinute(tried, begunAt)} a minute`;
}

function perMinute(tried: number, begunAt: number): number {
  return Math.round(tried / ((Date.now() - begunAt) / 60_000));
}

async function keepPlans(failed: readonly Verdict[], directory: string): Promise<void> {
  if (failed.length === 0) return;
  await mkdir(directory, { recursive: true });
  for (const { plan } of failed) {
    const name = describePlan(plan)
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 150);
    await writeFile(join(directory, `${name}.json`), `${JSON.stringify(plan, null, 2)}\n`);
  }
  say(`plans that failed are in ${directory}; replay one: npm run fault -- --plan FILE`);
}

async function replay(file: string, { grounds: [ground] }: Site): Promise<number> {
  if (ground === undefined) throw new Error('there is no ground to replay a plan on');
  const plan = FaultPlan.parse(JSON.parse(await readFile(file, 'utf8')));
  const recordings = await Recordings.make([plan.scenario], [ground]);
  const { tellCourse } = await import('./tell-course.ts');
  return await tellCourse(plan, recordings.reference(plan.scenario), { ground, say });
}

interface Part {
  readonly index: number;
  readonly of: number;
}

function part(text: string): Part {
  const [, index, of] = /^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? [];
  if (index !== undefined && of !== undefined && Number(index) > 0 && Number(index) <= Number(of)) {
    return { index: Number(index) - 1, of: Number(of) };
  }
  throw new InvalidArgumentError('for example 1/2 is wanted');
}

function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number is wanted');
}

await runProgram(() => program.parseAsync());
