import type { Identity } from './identity.ts';

/** Bounds on what is kept of a resource, in characters of what is kept of each object. */
export interface RoomBounds<T> {
  /** By the key of an object. */
  readonly groupOf: (key: string) => string;
  readonly ofGroup: number;
  readonly inAll: number;
  /** What each group may have, however much all have together. */
  readonly ofEach: number;
  /** Kept beyond the bounds, up to as much again: there is work for it. */
  readonly isNeeded: (object: T) => boolean;
}

/** Of those that are left out, so many of each group are known by name, so that they can be told. */
const mostNamed = 20;
/** Room is offered again when so much of it is free: not for each object that goes. */
const offeredAt = 0.9;

type Seen = Pick<Identity, 'key' | 'uid'>;

export interface RoomListener {
  /** Some of each group: whoever listens may say so. */
  readonly leftOut: (key: string) => void;
  /** There is room again for objects of this group that were left out: the store's `admit` takes them. */
  readonly offers: (group: string) => void;
}

/** How much is kept of each group's objects, and which are left out: of those a number each. */
export class Room<T extends object> {
  readonly #bounds: RoomBounds<T>;
  readonly #listeners = new Set<RoomListener>();
  readonly #used = new Map<string, number>();
  #usedInAll = 0;
  readonly #lengths = new WeakMap<T, number>();
  readonly #leftOut = new Map<string, Set<number>>();
  /** Uids by key, by group. */
  readonly #named = new Map<string, Map<string, string>>();

  constructor(bounds: RoomBounds<T>) {
    this.#bounds = bounds;
  }

  subscribe(listener: RoomListener): void {
    this.#listeners.add(listener);
  }

  admits({ key }: Seen, object: T): boolean {
    const times = this.#bounds.isNeeded(object) ? 2 : 1;
    return this.#usedBy(key) + this.#lengthOf(object) <= this.#most(times);
  }

  /**
   * What has room may take twice as much as there was for it to come in: else many small objects are made first, and filled then. What is
   * needed does not fall out by what others took: work that goes on would not be counted.
   */
  mayGrow(key: string, before: T, after: T): boolean {
    const more = this.#lengthOf(after) - this.#lengthOf(before);
    const times = this.#bounds.isNeeded(after) ? 3 : 2;
    return more <= 0 || this.#usedBy(key) + more <= this.#most(times);
  }

  #usedBy(key: string): number {
    return this.#used.get(this.#groupOf(key)) ?? 0;
  }

  /** For one group, of so many times the bounds. */
  #most(times: number): number {
    const { ofGroup, inAll, ofEach } = this.#bounds;
    return times * (this.#usedInAll < times * inAll ? ofGroup : ofEach);
  }

  /** Whether it is worth asking for those of the group that were left out. */
  offers(group: string): boolean {
    const { ofGroup, inAll, ofEach } = this.#bounds;
    const most = this.#usedInAll < inAll * offeredAt ? ofGroup : ofEach;
    return this.#leftOut.has(group) && (this.#used.get(group) ?? 0) < most * offeredAt;
  }

  add(key: string, object: T): void {
    this.#use(key, this.#lengthOf(object));
  }

  remove(key: string, object: T): void {
    this.#use(key, -this.#lengthOf(object));
  }

  /** Tells when there is room for others: one that was kept is gone. */
  offer(key: string): void {
    const group = this.#groupOf(key);
    if (this.offers(group)) for (const listener of this.#listeners) listener.offers(group);
  }

  /** It is left out, and there is no room for it yet. */
  staysOut(seen: Seen): boolean {
    return this.isLeftOut(seen) && !this.offers(this.#groupOf(seen.key));
  }

  #groupOf(key: string): string {
    return this.#bounds.groupOf(key);
  }

  #use(key: string, characters: number): void {
    const group = this.#groupOf(key);
    const used = (this.#used.get(group) ?? 0) + characters;
    this.#usedInAll += characters;
    if (used > 0) this.#used.set(group, used);
    else this.#used.delete(group);
  }

  leaveOut({ key, uid }: Seen): void {
    const group = this.#groupOf(key);
    const leftOut = this.#leftOut.get(group) ?? new Set();
    this.#leftOut.set(group, leftOut.add(uidNumber(uid)));
    const named = this.#named.get(group) ?? new Map<string, string>();
    if (named.size >= mostNamed && !named.has(key)) return;
    this.#named.set(group, named.set(key, uid));
    for (const listener of this.#listeners) listener.leftOut(key);
  }

  /** It is there, and not kept: nothing else is known of it. */
  isLeftOut({ key, uid }: Seen): boolean {
    return this.#leftOut.get(this.#groupOf(key))?.has(uidNumber(uid)) === true;
  }

  /** The uid of one that is left out; of some of each group only. */
  leftOutUid(key: string): string | undefined {
    return this.#named.get(this.#groupOf(key))?.get(key);
  }

  /** It is kept by now, or gone. */
  forget({ key, uid }: Seen): void {
    const group = this.#groupOf(key);
    const leftOut = this.#leftOut.get(group);
    if (leftOut?.delete(uidNumber(uid)) !== true) return;
    if (this.leftOutUid(key) === uid) this.#named.get(group)?.delete(key);
    if (leftOut.size > 0) return;
    this.#leftOut.delete(group);
    this.#named.delete(group);
  }

  /** Those that are not among these are gone. */
  forgetOthers(uids: ReadonlySet<string>): void {
    const numbers = new Set(Array.from(uids, uidNumber));
    for (const [group, leftOut] of this.#leftOut) {
      for (const number of leftOut) if (!numbers.has(number)) leftOut.delete(number);
      for (const [key, uid] of this.#named.get(group) ?? []) if (!uids.has(uid)) this.#named.get(group)?.delete(key);
      if (leftOut.size > 0) continue;
      this.#leftOut.delete(group);
      this.#named.delete(group);
    }
  }

  get leftOutCount(): number {
    return [...this.#leftOut.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #lengthOf(object: T): number {
    const known = this.#lengths.get(object);
    if (known !== undefined) return known;
    const { length } = JSON.stringify(object);
    this.#lengths.set(object, length);
    return length;
  }
}

/** The API server makes uids at random: 48 bits of one tell it from a hundred thousand others, and take less memory. */
export function uidNumber(uid: string): number {
  return Number.parseInt(uid.replaceAll('-', '').slice(0, 12), 16);
}
