import type { Ground } from './ground/ground.ts';
import { judge, type Reference } from './oracles/oracles.ts';
import { describePlan, type FaultPlan } from './plan.ts';
import { runPlan } from './run-plan.ts';

interface Teller {
  readonly ground: Ground;
  readonly say: (line: string) => void;
}

/** Runs one plan and tells everything that was written and logged; how many problems there are. */
export async function tellCourse(plan: FaultPlan, reference: Reference, { ground, say }: Teller): Promise<number> {
  const run = await runPlan(plan, ground);
  say(describePlan(plan));
  for (const { atMs, moment, object, code } of run.written) {
    say(`${new Date(atMs).toISOString()} ${moment} ${object} ${code}`);
  }
  run.lives.forEach((life, index) => {
    say(`life ${index + 1}`);
    for (const { level, message, fields } of life.log.lines) say(`  ${level} ${message} ${fieldsOf(fields)}`);
  });
  const problems = judge(run, reference);
  say(problems.length === 0 ? 'it ended as if undisturbed' : `${problems.length} problems`);
  for (const problem of problems) say(`  ${problem}`);
  if (run.unmetFaults > 0) say(`${run.unmetFaults} of its faults never had their turn`);
  return problems.length;
}

function fieldsOf(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value)).slice(0, 400);
}
