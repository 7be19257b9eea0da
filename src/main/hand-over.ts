import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { encodeResult } from '../api/encode-result.ts';
import { OrderId } from '../api/order.ts';
import { type Report, reportLine } from '../api/report.ts';
import type { StageFailure } from '../api/result.ts';
import { exitCodeOf, stageFailure } from '../builder/stage-failure.ts';

interface Stage<Success extends { readonly ok: true }> {
  readonly run: () => Promise<Success>;
  /** What people read in the Pod's log at the end. */
  readonly say: (result: Success) => string;
  readonly fail?: (thrown: unknown) => StageFailure;
  /** Absent: its result is told by the container's end alone. */
  readonly step?: Report['step'];
}

/** Where a container leaves what came of its order. */
export interface HandOverPlaces {
  readonly order: string;
  readonly terminationLog: string;
  readonly print: (text: string) => void;
}

/** Runs a stage and leaves what came of it as termination message; the exit code says the same in short. */
export async function handOver<Success extends { readonly ok: true }>(
  { run, say, fail = stageFailure, step }: Stage<Success>,
  places: HandOverPlaces,
): Promise<number> {
  try {
    const result = await run();
    places.print(`[enbi] ${say(result)}`);
    await leaveResult(result, step, places);
    return exitCodeOf(result);
  } catch (thrown) {
    const failure = fail(thrown);
    places.print(`[enbi] ${failure.reason}: ${failure.message}`);
    await leaveResult(failure, step, places);
    return exitCodeOf(failure, thrown);
  }
}

/** Its turn has come. The API server answers whoever follows a log when there is a first line. */
export function begins(step: Report['step'], { print }: Pick<HandOverPlaces, 'print'>): void {
  print(`[enbi] ${step} begins`);
}

/**
 * The same twice: as termination message, which has the last word, and at once in the log. That comes last: whoever reads a report may
 * take it that all is done but the end of the process.
 */
async function leaveResult(
  result: { readonly ok: true } | StageFailure,
  step: Report['step'] | undefined,
  { order, terminationLog, print }: HandOverPlaces,
): Promise<void> {
  const text = encodeResult(result);
  await writeFile(terminationLog, text);
  const id = step === undefined ? undefined : await orderIn(order);
  if (step !== undefined && id !== undefined) print(reportLine({ step, order: id }, text));
}

/** Undefined: of what cannot be read nobody waits for a report. */
async function orderIn(path: string): Promise<string | undefined> {
  try {
    return z.object({ id: OrderId }).safeParse(JSON.parse(await readFile(path, 'utf8'))).data?.id;
  } catch {
    return undefined;
  }
}
