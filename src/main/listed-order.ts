import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { FetchHasEnded } from '../adapters/nix/fetch-life.ts';
import { ceilings } from '../api/ceilings.ts';
import { encodeResult } from '../api/encode-result.ts';
import type { BuildOrder } from '../api/order.ts';
import { reportLine, reportPrefix } from '../api/report.ts';
import { asError, InternalError } from '../errors.ts';
import type { BuilderPlaces } from './builder-pod.ts';
import { emptyOut } from './empty-out.ts';
import { type Outcome, outcomeOf, type Stage } from './hand-over.ts';
import type { Ordered } from './nix-run.ts';
import { type DeskPlaces, OrderDesk, whatIsLeft } from './order-desk.ts';
import { stopSignal } from './stop-signal.ts';

export interface ListedOrder extends Ordered {
  readonly id: string;
}

/** A container's part of each order. */
export interface ListedStage<Success extends { readonly ok: true }> extends Omit<Stage<Success>, 'run'> {
  readonly step: DeskPlaces['step'];
  readonly run: (order: ListedOrder) => Promise<Success>;
  /** Takes away what is there of orders that are not among these; they are carried out anew should they be listed again. */
  readonly keepOnly?: (orders: readonly string[]) => Promise<void>;
}

/** A termination message has 4096 bytes; what stands around the result takes less than the rest. */
const resultBytes = 4096 - 200;

/**
 * Carries out the first order of the list, unless that was done, and ends: all other processes of the container are killed then.
 * Returns what is left to do, or the exit code of a failure, with which the container ends.
 */
export async function runListedOrder<Success extends { readonly ok: true }>(
  stage: ListedStage<Success>,
  places: BuilderPlaces,
  stop = stopSignal(),
): Promise<number> {
  const trouble = await emptyPlaces(places);
  if (trouble !== undefined) return end(`what an order left cannot be removed: ${trouble.message}`, places);
  const desk = await OrderDesk.open({ ...places, step: stage.step });
  if (desk.hasList && stage.keepOnly !== undefined) await stage.keepOnly(await desk.forgetOthers());
  const { next } = desk;
  return next === undefined ? desk.left : await carryOut(next, { desk, stop }, { stage, places });
}

/** What is there before the first order is nobody's leaving. */
async function emptyPlaces({ ledger, emptied }: BuilderPlaces): Promise<Error | undefined> {
  if (!existsSync(ledger)) return undefined;
  try {
    for (const directory of emptied.filter(existsSync)) await emptyOut(directory);
    return undefined;
  } catch (thrown) {
    return asError(thrown);
  }
}

async function carryOut<Success extends { readonly ok: true }>(
  next: ListedNow,
  { desk, stop }: { readonly desk: OrderDesk; readonly stop: AbortSignal },
  { stage, places }: { readonly stage: ListedStage<Success>; readonly places: BuilderPlaces },
): Promise<number> {
  const cancelled = new AbortController();
  const unwatch = desk.watch(() => desk.isListed(next.id) || cancelled.abort());
  try {
    const signal = AbortSignal.any([stop, cancelled.signal]);
    const run = () => stage.run({ id: next.id, read: () => orderOf(next), signal });
    const outcome = await Promise.race([outcomeOf({ ...stage, run }), longAfter(cancelled.signal)]);
    await desk.look();
    const isCancelled = outcome?.result.ok !== true && (cancelled.signal.aborted || !desk.isListed(next.id));
    if (outcome === undefined || isCancelled) return await dropOrder(next.id, desk, { ...stage, ...places });
    return await settleOrder({ id: next.id, outcome, desk }, stage, places);
  } finally {
    unwatch();
  }
}

type ListedNow = NonNullable<OrderDesk['next']>;

interface Carried {
  readonly id: string;
  readonly outcome: Outcome;
  readonly desk: OrderDesk;
}

function orderOf({ id, order }: ListedNow): Promise<BuildOrder> {
  if (order === undefined) throw new InternalError('InternalError', `order ${id} is none that this enbi knows`);
  return Promise.resolve({ id, ...order.build });
}

/** What does not end by itself is killed with all else when this process has ended. Nix may take ten seconds. */
const patienceMs = ceilings.cancelledOrder.value * 1000;

function longAfter(cancelled: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    cancelled.addEventListener('abort', () => setTimeout(resolve, patienceMs, undefined).unref(), { once: true });
  });
}

/** Nothing is reported: whoever took it out of the list does not wait for it. Should it be listed again, it is begun anew. */
async function dropOrder(
  id: string,
  desk: OrderDesk,
  { keepOnly, print }: Pick<ListedStage<never>, 'keepOnly'> & Pick<BuilderPlaces, 'print'>,
): Promise<number> {
  print(`[enbi] order ${id} was cancelled`);
  await keepOnly?.(desk.ids.filter((other) => other !== id));
  return desk.left;
}

async function settleOrder(
  { id, outcome, desk }: Carried,
  { step }: Pick<DeskPlaces, 'step'>,
  places: BuilderPlaces,
): Promise<number> {
  const { result, sentence, exitCode, thrown } = outcome;
  if (thrown instanceof FetchHasEnded) return end(sentence, places);
  places.print(`[enbi] ${sentence}`);
  const text = encodeResult(result, resultBytes);
  const line = reportLine({ step, order: id }, text);
  const isLast = !result.ok || desk.isOnce(id);
  if (isLast) await writeFile(places.terminationLog, line.slice(reportPrefix.length));
  const isNoted = !isLast && (await desk.note(id, text));
  places.print(line);
  if (!result.ok) return exitCode;
  return isNoted ? desk.left : whatIsLeft.end;
}

function end(why: string, { print }: BuilderPlaces): number {
  print(`[enbi] the builder ends: ${why}`);
  return whatIsLeft.end;
}
