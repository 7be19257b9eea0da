// `npm test`: everything there is to check, in the order in which a mistake is cheapest to find; what leaves the processors idle
// for half of its time runs beside something else. `npm test -- unit e2e` runs those groups alone.

import { runProgram } from '../tools/run-program.ts';
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

/** Plans of faults take processors and nothing else: they run beside what leaves half of them idle. */
const faults = { project: 'faults', held: true, nice: true };
const leavesHalf = 'e2e-alone';

const say = (line: string) => void process.stdout.write(`${line}\n`);

function chosenGroups(args: readonly string[]): readonly Group[] {
  const unknown = args.filter((arg) => !(groups as readonly string[]).includes(arg));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(' ')}; groups of tests are ${groups.join(', ')}`);
  return args.length === 0 ? groups : groups.filter((group) => args.includes(group));
}

type Work = () => Promise<Tally>;

/** One stage after the other; what is in one runs at the same time. */
function stagesFor(chosen: readonly Group[]): readonly (readonly Work[])[] {
  const of = (group: Group, ...works: readonly Work[]) => (chosen.includes(group) ? works : []);
  const shown = (group: Group, work: Work) => of(group, () => headed(group, work));
  const half = Promise.withResolvers<void>();
  return [
    [
      () => inTurn([...shown('check', () => runChecks(say)), ...shown('unit', () => runTests({ project: 'unit' }))]),
      ...of('integration', () => runWithRealParts(clusters, say)),
    ],
    shown('integration', () => runWithRealParts({ project: 'integration' }, say)),
    [
      ...shown('e2e', () => endToEnd(half.resolve).finally(half.resolve)),
      ...of('e2e', () => runWithRealParts(cheapestRow, say)),
      ...of('integration', async () => {
        if (chosen.includes('e2e')) await half.promise;
        return await runWithRealParts(faults, say);
      }),
    ],
  ];
}

async function endToEnd(onHalf: () => void): Promise<Tally> {
  const onBegun = (project: string) => {
    if (project === leavesHalf) onHalf();
  };
  return await runWithRealParts({ project: 'e2e*', onBegun }, say);
}

async function headed(title: string, work: Work): Promise<Tally> {
  say(`\n── ${title} ──`);
  return await work();
}

async function inTurn(works: readonly Work[]): Promise<Tally> {
  let total = empty;
  for (const work of works) total = add(total, await work());
  return total;
}

async function atOnce(works: readonly Work[]): Promise<Tally> {
  const tallies = await Promise.all(works.map((work) => work()));
  return tallies.reduce(add, empty);
}

async function main(): Promise<void> {
  const stages = stagesFor(chosenGroups(process.argv.slice(2)));
  const total = await inTurn(stages.map((works) => () => atOnce(works)));
  say(`\n${summaryOf(total)}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await runProgram(main);
