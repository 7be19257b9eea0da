import { asError } from '../errors.ts';
import { Backoff, type BackoffSteps } from './backoff.ts';
import { Breather } from './breather.ts';
import type { Clock } from './clock.ts';
import { GroupPace, type TimeShare } from './group-pace.ts';
import type { Log } from './log.ts';
import { type QueueObserver, unobservedQueue } from './queue-observer.ts';
import { RetryPace } from './retry-pace.ts';
import { Turns } from './turns.ts';

/** What becomes of a key after a pass. `retry` counts as a failure of the key; `done` ends the count. */
export type PassResult =
  | { readonly type: 'done'; readonly recheckAfterMs?: number | undefined }
  | { readonly type: 'retry'; readonly backoff: BackoffSteps; readonly atLeastMs?: number | undefined };

export interface QueueOptions {
  readonly concurrency: number;
  /** One pass over a key; never called twice at once for the same key. Throwing is a defect: the key is retried slowly. */
  readonly handle: (key: string) => Promise<PassResult>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly observer?: QueueObserver;
  /** Absent: all keys are of one group. */
  readonly groups?: KeyGroups;
}

/** Whose keys take turns, so that nobody's keep another's waiting. */
export interface KeyGroups {
  readonly of: (key: string) => string;
  /** Most passes of one group at once. Less than there are workers: some are always there for another group's. */
  readonly mostAtOnce: number;
  /** How long the passes of a group may take while other groups work as well. Absent: any time. */
  readonly share?: TimeShare;
  /** Whether a pass over it can wait for all of its group that are not such. Absent: none can. */
  readonly isPatient?: (key: string) => boolean;
}

/** A group of which no more wait has all the time that it needs. */
const fewKeys = 32;

/** Passes that may begin in one turn of the event loop. */
const passesInARow = 16;

/** For failures that are defects of enbi's own. */
export const internalBackoff: BackoffSteps = { baseMs: 1000, capMs: 300_000 };

/**
 * A deduplicating queue of keys, of which groups take turns.
 *
 *   add ──► ready ──► in work ──► done
 *             ▲          │ added meanwhile, or retry/recheck due
 *             └──────────┘
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #observer: QueueObserver;
  readonly #groups: KeyGroups;
  readonly #ready: Turns;
  /** They go when none of the others may. */
  readonly #patient: Turns;
  readonly #inWork = new Map<string, { readonly startedAt: number; addedAgain: boolean }>();
  readonly #timers = new Map<string, Timer>();
  readonly #rechecks = new Map<string, Timer>();
  readonly #backoffs = new Map<string, Backoff>();
  readonly #retries: RetryPace;
  /** How many passes are under way of each group. */
  readonly #atOnce = new Map<string, number>();
  readonly #pace: GroupPace | undefined;
  #paceTimer: (() => void) | undefined;
  readonly #breather = new Breather(passesInARow);
  #running = false;
  #whenIdle: () => void = () => undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#observer = options.observer ?? unobservedQueue;
    this.#groups = options.groups ?? { of: () => '', mostAtOnce: options.concurrency };
    this.#ready = new Turns(this.#groups.of);
    this.#patient = new Turns(this.#groups.of);
    if (this.#groups.share !== undefined) this.#pace = new GroupPace(this.#groups.share);
    const release = (key: string) => this.add(key);
    this.#retries = new RetryPace({ clock: options.clock, groupOf: this.#groups.of, release });
    this.#observer.began(() => this.underWayMs());
  }

  /** Keys ready to be worked on. */
  get depth(): number {
    return this.#ready.size + this.#patient.size;
  }

  /** Keys being worked on now. */
  get inWork(): number {
    return this.#inWork.size;
  }

  /** For how long each pass under way has been going on. */
  underWayMs(): readonly number[] {
    const now = this.#nowMs();
    return [...this.#inWork.values()].map(({ startedAt }) => now - startedAt);
  }

  /** Asks for a pass over the key as soon as a worker is free; asking again before it starts changes nothing. */
  add(key: string): void {
    const work = this.#inWork.get(key);
    if (work !== undefined) work.addedAgain = true;
    else this.#enqueue(key);
  }

  /** Asks for a pass in `ms`; of several such wishes the earliest counts. */
  addAfter(key: string, ms: number): void {
    const dueAt = this.#nowMs() + ms;
    const timer = this.#timers.get(key);
    if (timer !== undefined && timer.dueAt <= dueAt) return;
    this.#setTimer(this.#timers, key, ms);
  }

  /** Works until the signal aborts; resolves when the passes under way have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = true;
    this.#startWork();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#running = false;
    this.#cancelTimers();
    if (this.#inWork.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  #enqueue(key: string): void {
    if (this.#line(key).add(key, this.#nowMs())) this.#observer.added(this.depth);
    this.#startWork();
  }

  /** Where it waits. What may have become urgent since it came does not wait with the patient any more. */
  #line(key: string): Turns {
    if (this.#groups.isPatient?.(key) === true && !this.#ready.has(key)) return this.#patient;
    this.#patient.delete(key);
    return this.#ready;
  }

  #startWork(): void {
    const mayGo = (group: string) => this.#mayGo(group);
    while (this.#running && this.#inWork.size < this.#options.concurrency) {
      const next = this.#ready.take(mayGo) ?? this.#patient.take(mayGo);
      if (next === undefined) return this.#waitForPace();
      const { key, since } = next;
      const startedAt = this.#nowMs();
      this.#inWork.set(key, { startedAt, addedAgain: false });
      this.#count(key, 1);
      this.#pace?.begin(this.#groups.of(key), startedAt);
      this.#observer.started(this.depth, startedAt - since);
      void this.#work(key, startedAt);
    }
  }

  #mayGo(group: string): boolean {
    if (this.#underWay(group) >= this.#groups.mostAtOnce) return false;
    return this.#pace === undefined || !this.#isCrowd(group) || this.#pace.mayBegin(group, this.#nowMs());
  }

  #isCrowd(group: string): boolean {
    return this.#ready.sizeOf(group) + this.#patient.sizeOf(group) > fewKeys;
  }

  #waitForPace(): void {
    if (this.#pace === undefined || this.depth === 0 || this.#paceTimer !== undefined) return;
    this.#paceTimer = this.#options.clock.setTimer(this.#pace.waitMs(this.#nowMs()), () => {
      this.#paceTimer = undefined;
      this.#startWork();
    });
  }

  #underWay(group: string): number {
    return this.#atOnce.get(group) ?? 0;
  }

  #count(key: string, change: 1 | -1): void {
    const group = this.#groups.of(key);
    const count = this.#underWay(group) + change;
    if (count === 0) this.#atOnce.delete(group);
    else this.#atOnce.set(group, count);
  }

  async #work(key: string, startedAt: number): Promise<void> {
    const turn = this.#breather.next();
    if (turn !== undefined) await turn;
    const result = await this.#pass(key);
    const addedAgain = this.#inWork.get(key)?.addedAgain === true;
    this.#inWork.delete(key);
    this.#count(key, -1);
    const endedAt = this.#nowMs();
    this.#pace?.end(this.#groups.of(key), endedAt - startedAt, endedAt);
    this.#observer.finished(endedAt - startedAt);
    if (this.#running) this.#follow(key, result, addedAgain);
    else if (this.#inWork.size === 0) this.#whenIdle();
  }

  async #pass(key: string): Promise<PassResult> {
    try {
      return await this.#options.handle(key);
    } catch (thrown) {
      this.#options.log.error({ key, err: asError(thrown) }, 'pass failed unexpectedly');
      return { type: 'retry', backoff: internalBackoff };
    }
  }

  #follow(key: string, result: PassResult, addedAgain: boolean): void {
    cancel(this.#rechecks, key);
    this.#retries.forget(key);
    if (result.type === 'retry') this.#retry(key, result);
    else {
      this.#backoffs.delete(key);
      // Replaces the recheck of the pass before: only the newest plan knows when to look again.
      if (result.recheckAfterMs !== undefined) this.#setTimer(this.#rechecks, key, result.recheckAfterMs);
    }
    if (addedAgain) this.#enqueue(key);
    else this.#startWork();
  }

  #retry(key: string, result: Extract<PassResult, { type: 'retry' }>): void {
    const backoff = this.#backoffs.get(key) ?? new Backoff(this.#options.random);
    this.#backoffs.set(key, backoff);
    this.#observer.retried();
    const wait = Math.max(backoff.nextMs(result.backoff), result.atLeastMs ?? 0);
    this.#at(this.#rechecks, key, { ms: wait, run: () => this.#retries.due(key) });
  }

  #setTimer(timers: Map<string, Timer>, key: string, ms: number): void {
    this.#at(timers, key, { ms, run: () => this.add(key) });
  }

  #at(timers: Map<string, Timer>, key: string, { ms, run }: { readonly ms: number; readonly run: () => void }): void {
    cancel(timers, key);
    const fire = () => {
      timers.delete(key);
      run();
    };
    timers.set(key, { dueAt: this.#nowMs() + ms, cancel: this.#options.clock.setTimer(ms, fire) });
  }

  #cancelTimers(): void {
    this.#retries.stop();
    this.#paceTimer?.();
    this.#paceTimer = undefined;
    for (const timers of [this.#timers, this.#rechecks]) {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    }
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}

interface Timer {
  readonly dueAt: number;
  readonly cancel: () => void;
}

function cancel(timers: Map<string, Timer>, key: string): void {
  timers.get(key)?.cancel();
  timers.delete(key);
}
