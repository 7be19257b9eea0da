import { asError, InternalError, PolicyError, TransientError, UserError } from '../errors.ts';
import { apiStatusOf } from './api-status.ts';
import { type ApplyDeps, applyPlan, readAgain, type WriteMemory } from './apply.ts';
import type { BackoffSteps } from './backoff.ts';
import type { Clock } from './clock.ts';
import { type ControllerObserver, unobservedController } from './controller-observer.ts';
import { CreatesUnderWay } from './creates-under-way.ts';
import { Doubts } from './doubts.ts';
import type { Log } from './log.ts';
import type { Plan } from './plan.ts';
import { printActions } from './print-plan.ts';
import { internalBackoff, type KeyGroups, type PassResult, WorkQueue } from './queue.ts';
import { NotTriedYet, type Refusal, type RefusalBounds, Refusals } from './refusals.ts';

export interface ControllerOptions extends ApplyDeps {
  readonly name: string;
  /** Observes and decides; `undefined`: nothing to do, the object is gone. What was refused is tried again after its time only. */
  readonly reconcile: (key: string, refusals: readonly Refusal[]) => Promise<Plan | undefined>;
  readonly remember: RefusalBounds;
  /** No pass starts before all of these are synced. */
  readonly waitFor: readonly Synced[];
  readonly concurrency?: number;
  /** Whose keys take turns; absent: everybody's come as they come. */
  readonly groups?: KeyGroups;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer?: ControllerObserver;
}

/** Something that is complete after a while; every `ObjectStore` is. */
export interface Synced {
  readonly synced: boolean;
  readonly whenSynced: Promise<void>;
}

export interface Controller {
  readonly name: string;
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  /** Works until the signal aborts; resolves when the passes under way have ended. */
  run(signal: AbortSignal): Promise<void>;
  /** All stores it reads are complete. */
  readonly ready: boolean;
  /** No pass has been under way for longer than any pass can take. */
  readonly healthy: boolean;
}

/** They wait for answers, nothing else: as many as a busy API server lets wait at once. */
export const passesAtOnce = 16;
const conflictBackoff: BackoffSteps = { baseMs: 10, capMs: 1000 };
const transientBackoff: BackoffSteps = { baseMs: 200, capMs: 60_000 };
const refusedRecheckMs = 300_000;
// Every call has a deadline of its own, so a pass that takes this long hangs in enbi itself.
const stuckMs = 600_000;

export function createController(given: ControllerOptions): Controller {
  const options = { ...given, creating: new CreatesUnderWay(), refusals: new Refusals(given.clock, given.remember) };
  const { name } = options;
  const doubts = new Map<string, Doubts>();
  const queue = new WorkQueue({
    concurrency: options.concurrency ?? passesAtOnce,
    ...(options.groups !== undefined && { groups: options.groups }),
    clock: options.clock,
    random: options.random,
    log: options.log,
    observer: (options.observer ?? unobservedController).queue,
    async handle(key) {
      try {
        return await pass(key, doubtsOf(key), options);
      } finally {
        if (doubts.get(key)?.none === true) doubts.delete(key);
      }
    },
  });
  function doubtsOf(key: string): Doubts {
    const known = doubts.get(key) ?? new Doubts();
    doubts.set(key, known);
    return known;
  }
  return {
    name,
    add: (key) => queue.add(key),
    addAfter: (key, ms) => queue.addAfter(key, ms),
    async run(signal) {
      await synced(options.waitFor, signal);
      await queue.run(signal);
    },
    get ready() {
      return options.waitFor.every((input) => input.synced);
    },
    get healthy() {
      return queue.underWayMs().every((ms) => ms < stuckMs);
    },
  };
}

async function synced(inputs: readonly Synced[], signal: AbortSignal): Promise<void> {
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  if (!signal.aborted) await Promise.race([Promise.all(inputs.map((input) => input.whenSynced)), aborted]);
}

type Options = ControllerOptions & { readonly refusals: Refusals };

async function pass(key: string, doubts: Doubts, options: Options): Promise<PassResult> {
  const { refusals, observer = unobservedController } = options;
  try {
    await doubts.settle((ref) => readAgain(ref, options));
    const plan = await options.reconcile(key, refusals.of(key));
    const unlessRefused: WriteMemory['unlessRefused'] = (asked, write) => refusals.during(key, asked, write);
    const outcome = plan === undefined ? 'applied' : await applyPlan(plan, options, { doubts, unlessRefused });
    if (plan?.givesUp === true || plan === undefined) refusals.forget(key);
    observer.reconciled(outcome);
    if (plan !== undefined) logPlan(key, plan, outcome, options);
    return outcome === 'conflict'
      ? { type: 'retry', backoff: conflictBackoff }
      : { type: 'done', recheckAfterMs: plan?.recheckAfterMs };
  } catch (thrown) {
    // Decided anew at once, with the refusal in view.
    if (refusals.has(key, thrown)) return refused(thrown, key, options);
    return thrown instanceof NotTriedYet
      ? { type: 'done', recheckAfterMs: thrown.againInMs }
      : resultOf(thrown, key, options);
  }
}

function refused(thrown: unknown, key: string, { name, log, observer = unobservedController }: Options): PassResult {
  observer.reconciled('refused');
  const fields = { controller: name, key, err: asError(thrown) };
  if (thrown instanceof InternalError) log.error(fields, 'the API server refuses a write as invalid');
  else log.warn(fields, 'a write was refused');
  return { type: 'done', recheckAfterMs: 0 };
}

function logPlan(key: string, plan: Plan, outcome: 'applied' | 'conflict', { name, log }: ControllerOptions): void {
  const fields = { controller: name, key, because: plan.because, actions: printActions(plan.actions) };
  const acts = plan.actions.length > 0 || plan.status !== undefined;
  if (outcome === 'conflict') log.debug(fields, 'plan was made on an old view');
  else if (acts) log.info({ ...fields, ...(plan.status && { status: true }) }, 'plan applied');
  else log.debug(fields, 'settled');
}

/** What happens next is decided by the class of the error, nothing else. */
function resultOf(thrown: unknown, key: string, options: ControllerOptions): PassResult {
  const { name, log } = options;
  const observer = options.observer ?? unobservedController;
  const fields = { controller: name, key, err: asError(thrown) };
  if (thrown instanceof TransientError) {
    observer.reconciled('transient');
    log.info(fields, 'pass failed, will be retried');
    return { type: 'retry', backoff: transientBackoff, atLeastMs: apiStatusOf(thrown)?.retryAfterMs };
  }
  if (thrown instanceof UserError || thrown instanceof PolicyError) {
    observer.reconciled('refused');
    log.warn(fields, 'pass refused');
    return { type: 'done', recheckAfterMs: refusedRecheckMs };
  }
  observer.reconciled('failed');
  log.error(fields, 'pass failed unexpectedly');
  return { type: 'retry', backoff: internalBackoff };
}
