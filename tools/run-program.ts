import { failureText } from '../src/failure-text.ts';

/** How every program of the checkout ends: what fails is said in a sentence on the standard error, and told by the exit code. */
export async function runProgram(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    process.stderr.write(`error: ${failureText(thrown)}\n`);
    process.exitCode = 1;
  }
}
