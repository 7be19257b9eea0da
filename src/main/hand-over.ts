import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { encodeResult } from '../api/encode-result.ts';
import { OrderId } from '../api/order.ts';
import { type Report, reportLine } from '../api/report.ts';
import type { StageFailure } from '../api/result.ts';
import { exitCodeOf, stageFailure } from '../builder/stage-failure.ts';

export interface Stage<Success extends { readonly ok: true }> {
  readonly run: () => Promise<Success>;
  /** What people read in the Pod's log at the end. */
  readonly say: (result: Success) => string;
  readonly fail?: (thrown: unknown) => StageFailure;
}

/** What a stage came to, before anybody is told. */
export interface Outcome {
  readonly result: { readonly ok: true } | StageFailure;
  readonly sentence: string;
  readonly exitCode: number;
  readonly thrown?: unknown;
}

/** Where a container leaves what came of its order. */
export interface HandOverPlaces {
  readonly order: string;
  readonly terminationLog: string;
  readonly print: (text: string) => void;
}

/** Runs a stage and leaves what came of it as termination message; the exit code says the same in short. */
export async function handOver<Success extends { readonly ok: true }>(
  // Without a step its result is told by the container's end alone.
  { step, ...stage }: Stage<Success> & { readonly step?: Report['step'] },
  places: HandOverPlaces,
): Promise<number> {
  const { result, sentence, exitCode } = await outcomeOf(stage);
  places.print(`[enbi] ${sentence}`);
  await leaveResult(result, step, places);
  return exitCode;
}

export async function outcomeOf<Success extends { readonly ok: true }>({
  run,
  say,
  fail = stageFailure,
}: Stage<Success>): Promise<Outcome> {
  try {
    const result = await run();
    return { result, sentence: say(result), exitCode: exitCodeOf(result) };
  } catch (thrown) {
    const result = fail(thrown);
    return { result, sentence: `${result.reason}: ${result.message}`, exitCode: exitCodeOf(result, thrown), thrown };
  }
}

/** Its turn has come. The API server answers whoever follows a log when there is a first line. */
export function begins(step: Report['step'], { print }: Pick<HandOverPlaces, 'print'>, order?: string): void {
  print(`[enbi] ${step} begins${order === undefined ? '' : `: order ${order}`}`);
}

/**
 * The same twice: as termination message, which has the last word, and at once in the log. That comes last: whoever reads a report may
 * take it that all is done but the end of the process.
 */
export async function leaveResult(
  result: Outcome['result'],
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
