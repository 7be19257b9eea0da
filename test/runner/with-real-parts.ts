import { failureText } from '../../src/failure-text.ts';
import { forcedSkip, prepareRealParts, whyNoRealParts } from './real-parts.ts';
import { empty, oneFailure, type Tally } from './tally.ts';
import { countTests, type Part, runTests } from './vitest.ts';

/** Where the real parts cannot run, their tests are counted as skipped and the reason is said; nowhere else may a test be. */
export async function runWithRealParts(part: Part, say: (line: string) => void): Promise<Tally> {
  const reason = whyNoRealParts();
  if (reason !== undefined) {
    say(`skipped: ${reason}`);
    return { ...empty, skipped: await countTests(part) };
  }
  try {
    await prepareRealParts(say);
  } catch (thrown) {
    return oneFailure(`the machine could not be set up for ${part.project} tests: ${failureText(thrown)}`);
  }
  return forcedSkip(await runTests(part));
}
