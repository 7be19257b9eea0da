import { writeFile } from 'node:fs/promises';
import { encodeResult } from '../api/encode-result.ts';
import type { StageFailure } from '../api/result.ts';
import { exitCodeOf, stageFailure } from '../builder/stage-failure.ts';

interface Stage<Success extends { readonly ok: true }> {
  readonly run: () => Promise<Success>;
  /** What people read in the Pod's log at the end. */
  readonly say: (result: Success) => string;
  readonly fail?: (thrown: unknown) => StageFailure;
}

interface Places {
  readonly terminationLog: string;
  readonly print: (line: string) => void;
}

/** Runs a stage and leaves what came of it as termination message; the exit code says the same in short. */
export async function handOver<Success extends { readonly ok: true }>(
  { run, say, fail = stageFailure }: Stage<Success>,
  { terminationLog, print }: Places,
): Promise<number> {
  try {
    const result = await run();
    print(`[enbi] ${say(result)}`);
    await writeFile(terminationLog, encodeResult(result));
    return exitCodeOf(result);
  } catch (thrown) {
    const failure = fail(thrown);
    print(`[enbi] ${failure.reason}: ${failure.message}`);
    await writeFile(terminationLog, encodeResult(failure));
    return exitCodeOf(failure, thrown);
  }
}
