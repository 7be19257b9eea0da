import { asError, InternalError, PolicyError, TransientError, UserError } from '../errors.ts';
import { apiStatusOf, isConflict } from './api-status.ts';
import type { Clock } from './clock.ts';
import type { ObjectRef } from './kube-object.ts';

/** Of a plan, what the API server is asked for. */
export type Verb = 'create' | 'patch' | 'delete' | 'write the status of';

/** A write that the API server has refused and that is not tried again yet: part of what is observed. */
export interface Refusal {
  readonly verb: Verb;
  readonly ref: ObjectRef;
  /** The class of the failure: `NameTaken`, or the server's own word (Forbidden, Invalid, …). */
  readonly reason: string;
  /** In the words of whoever refused. Not bounded, not fit for a terminal. */
  readonly message: string;
  /** How often it has been refused since it counts as refused. */
  readonly times: number;
  readonly againInMs: number;
}

export interface RefusalBounds {
  /** Keys of which refusals are remembered; beyond it the oldest are forgotten, and told anew. */
  readonly keys: number;
  /** For one key. */
  readonly writes: number;
}

interface Known extends Omit<Refusal, 'againInMs' | 'times'> {
  readonly tries: number;
  readonly thrown: unknown;
  readonly againAt: number;
}

const firstWaitMs = 10_000;
const longestWaitMs = 300_000;
/** A name that is being given back is free within seconds, as a rule: so often it is only tried again, by the queue's back-off. */
const triesBefore = 5;

/** A write that was refused and is not sent again before its time. */
export class NotTriedYet extends Error {
  readonly againInMs: number;

  constructor(againInMs: number) {
    super(`refused before; tried again in ${againInMs} ms`);
    this.name = 'NotTriedYet';
    this.againInMs = againInMs;
  }
}

/**
 * What the API server refuses, by key: remembered in memory until it succeeds, so that a decision can say so and what is refused
 * is tried later and later, not at every pass.
 */
export class Refusals {
  readonly #byKey = new Map<string, Map<string, Known>>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bounds: RefusalBounds;

  constructor(clock: Pick<Clock, 'now'>, bounds: RefusalBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Those of a key that wait for their next try. */
  of(key: string): readonly Refusal[] {
    const now = this.#clock.now().getTime();
    const known = [...(this.#byKey.get(key)?.values() ?? [])];
    return known.filter(({ againAt }) => againAt > now).map((each) => refusalOf(each, now));
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /** Whether this very failure is a refusal that is told by now. */
  has(key: string, thrown: unknown): boolean {
    const now = this.#clock.now().getTime();
    return [...(this.#byKey.get(key)?.values() ?? [])].some((each) => each.thrown === thrown && each.againAt > now);
  }

  /** Writes, or throws `NotTriedYet` when that has been refused and its time has not come. */
  async during<T>(key: string, asked: Pick<Refusal, 'verb' | 'ref'>, write: () => Promise<T>): Promise<T> {
    const name = nameOf(asked);
    const known = this.#byKey.get(key)?.get(name);
    const leftMs = (known?.againAt ?? 0) - this.#clock.now().getTime();
    if (leftMs > 0) throw new NotTriedYet(leftMs);
    try {
      const written = await write();
      this.#drop(key, name);
      return written;
    } catch (thrown) {
      if (isRefusal(thrown)) this.#note(key, { ...asked, ...wordsOf(thrown), thrown, tries: (known?.tries ?? 0) + 1 });
      throw thrown;
    }
  }

  #note(key: string, refused: Omit<Known, 'againAt'>): void {
    const times = timesOf(refused);
    const waitMs = times === 0 ? 0 : Math.min(firstWaitMs * 2 ** Math.min(times - 1, 10), longestWaitMs);
    const writes = this.#byKey.get(key) ?? new Map<string, Known>();
    this.#byKey.delete(key);
    this.#byKey.set(key, writes);
    writes.delete(nameOf(refused));
    writes.set(nameOf(refused), { ...refused, againAt: this.#clock.now().getTime() + waitMs });
    dropOldest(writes, this.#bounds.writes);
    dropOldest(this.#byKey, this.#bounds.keys);
  }

  #drop(key: string, name: string): void {
    const writes = this.#byKey.get(key);
    writes?.delete(name);
    if (writes?.size === 0) this.#byKey.delete(key);
  }
}

/**
 * What asking again soon does not change, and a name that is not given back. Not that an object changed meanwhile, nor that a
 * server is busy or away: that is everybody's, and passes.
 */
function isRefusal(thrown: unknown): boolean {
  if (thrown instanceof TransientError) return thrown.reason === 'NameTaken';
  if (thrown instanceof InternalError) return apiStatusOf(thrown) !== undefined && !isConflict(thrown);
  return thrown instanceof UserError || thrown instanceof PolicyError;
}

function timesOf({ thrown, tries }: Pick<Known, 'thrown' | 'tries'>): number {
  return thrown instanceof TransientError ? Math.max(tries - triesBefore, 0) : tries;
}

function wordsOf(thrown: unknown): Pick<Refusal, 'reason' | 'message'> {
  const { message } = asError(thrown);
  const status = thrown instanceof UserError || thrown instanceof TransientError ? undefined : apiStatusOf(thrown);
  return status === undefined ? { reason: 'NameTaken', message } : { reason: status.reason, message: status.message };
}

function refusalOf(known: Known, now: number): Refusal {
  const { verb, ref, reason, message, againAt } = known;
  return { verb, ref, reason, message, times: timesOf(known), againInMs: againAt - now };
}

function nameOf({ verb, ref }: Pick<Refusal, 'verb' | 'ref'>): string {
  return `${verb} ${ref.kind} ${ref.namespace ?? ''}/${ref.name}`;
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
