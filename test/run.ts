// `npm test`: everything there is to check, in the order in which a mistake is cheapest to find; what leaves the processors idle
// for half of its time runs beside something else. `npm test -- unit e2e` runs those groups alone.
import { asError } from '../src/errors.ts';
import { runChecks } from './runner/checks.ts';
import { add, empty, summaryOf, type Tally } from './runner/tally.ts';
import { runTests } from './runner/vitest.ts';
import { runWithRealParts } from './runner/with-real-parts.ts';

const groups = ['check', 'unit', 'integration', 'e2e'] as const;
type Group = (typeof groups)[number];

/** The main story where a distribution puts everything elsewhere; `npm run e2e -- --all` tells it on all kinds of clusters. */
const cheapestRow = {
  project: 'matrix',
  files: ['test/e2e/matrix/row.test.ts', 'test/e2e/roll-over.test.ts'],
  env: { ENBI_E2E_ROW: 'k3s' },
  held: true,
};

/** While they run, nothing else may change the machine: the other real parts do, the checks and the unit tests do not. */
const clusters = { project: 'integration-alone', held: true };

const say = (line: string) => void process.stdout.write(`${line}\n`);

function chosenGroups(args: readonly string[]): readonly Group[] {
  const unknown = args.filter((arg) => !(groups as readonly string[]).includes(arg));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(' ')}; groups of tests are ${groups.join(', ')}`);
  return args.length === 0 ? groups : groups.filter((group) => args.includes(group));
}

async function runGroup(group: Group): Promise<Tally> {
  say(`\n── ${group} ──`);
  switch (group) {
    case 'check':
      return await runChecks(say);
    case 'unit':
      return await runTests({ project: group });
    case 'integration':
      return await runWithRealParts({ project: 'integration' }, say);
    case 'e2e':
      return await both(runWithRealParts({ project: 'e2e*' }, say), runWithRealParts(cheapestRow, say));
    default:
      throw group satisfies never;
  }
}

async function both(one: Promise<Tally>, other: Promise<Tally>): Promise<Tally> {
  const [first, second] = await Promise.all([one, other]);
  return add(first, second);
}

async function runGroups(chosen: readonly Group[]): Promise<Tally> {
  let total = empty;
  for (const group of chosen) total = add(total, await runGroup(group));
  return total;
}

async function runAll(chosen: readonly Group[]): Promise<Tally> {
  if (!chosen.includes('integration')) return await runGroups(chosen);
  const changesNothing = (group: Group) => group === 'check' || group === 'unit';
  const total = await both(runGroups(chosen.filter(changesNothing)), runWithRealParts(clusters, say));
  return add(total, await runGroups(chosen.filter((group) => !changesNothing(group))));
}

async function main(): Promise<void> {
  const total = await runAll(chosenGroups(process.argv.slice(2)));
  say(`\n${summaryOf(total)}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

try {
  await main();
} catch (thrown) {
  say(asError(thrown).message);
  process.exitCode = 1;
}
