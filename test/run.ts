// `npm test`: everything there is to check, in the order in which a mistake is cheapest to find. `npm test -- unit e2e` runs
// those groups alone.
import { asError } from '../src/errors.ts';
import { runChecks } from './runner/checks.ts';
import { forcedSkip, prepareRealParts, whyNoRealParts } from './runner/real-parts.ts';
import { add, empty, type Tally } from './runner/tally.ts';
import { countTests, runTests } from './runner/vitest.ts';

const groups = ['check', 'unit', 'integration', 'e2e'] as const;
type Group = (typeof groups)[number];

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
      return await runTests(group, say);
    case 'integration':
    case 'e2e':
      return await runWithRealParts(group);
    default:
      throw group satisfies never;
  }
}

/** Where the real parts cannot run, their tests are counted as skipped and the reason is said; nowhere else may a test be. */
async function runWithRealParts(group: 'integration' | 'e2e'): Promise<Tally> {
  const reason = whyNoRealParts();
  if (reason !== undefined) {
    say(`skipped: ${reason}`);
    return { ...empty, skipped: await countTests(group) };
  }
  try {
    await prepareRealParts(say);
  } catch (thrown) {
    say(`the machine could not be set up for ${group} tests: ${asError(thrown).message}`);
    return { ...empty, failed: 1 };
  }
  return forcedSkip(await runTests(group, say), say);
}

async function main(): Promise<void> {
  let total = empty;
  for (const group of chosenGroups(process.argv.slice(2))) total = add(total, await runGroup(group));
  say(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

try {
  await main();
} catch (thrown) {
  say(asError(thrown).message);
  process.exitCode = 1;
}
