import { type Identity, identityOf } from './identity.ts';
import type { ResourceType, WatchEvent } from './kube-client.ts';
import { keyOf, type Observed } from './kube-object.ts';
import { type IndexFunction, ObjectIndex } from './object-index.ts';
import { compareResourceVersions } from './resource-version.ts';
import { Room, type RoomBounds, uidNumber } from './room.ts';
import { WriteLedger } from './write-ledger.ts';

export interface StoreOptions<T extends Observed, IndexName extends string> {
  readonly resource: ResourceType;
  /** What is kept of an object; `undefined`: nothing. Runs while the answer is parsed, so that the rest is never held. */
  readonly project: (raw: unknown) => T | undefined;
  readonly indexes?: Readonly<Record<IndexName, IndexFunction<T>>>;
  /** How much is kept. Absent: all. */
  readonly room?: RoomBounds<T>;
}

/** One object changed in what is kept of it. A new uid under an old name is two changes: removal, then addition. */
export interface Change<T> {
  readonly before?: T;
  readonly after?: T;
}

/**
 * What the API server holds of one resource, as far as the watch and enbi's own writes have told. Never older than an
 * own write: what a write answered stays until the watch has passed it (write-ledger.ts).
 */
export class ObjectStore<T extends Observed, IndexName extends string = never> {
  readonly resource: ResourceType;
  /** How much is kept, and what is left out. Undefined: all is kept. */
  readonly room: Room<T> | undefined;
  readonly whenSynced: Promise<void>;
  #synced = false;
  #becomeSynced: () => void = () => undefined;
  readonly #project: (raw: unknown) => T | undefined;
  readonly #objects = new Map<string, T>();
  readonly #indexes: ReadonlyMap<string, ObjectIndex<T>>;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #writes = new WriteLedger();
  /** Of those that are left out, what changed while lists of them are read. */
  #changedMeanwhile: Set<number> | undefined;
  /** Every change up to here has been told by list or watch. */
  #watchedTo = '0';

  constructor(options: StoreOptions<T, IndexName>) {
    this.resource = options.resource;
    this.#project = options.project;
    this.room = options.room && new Room(options.room);
    const functions = Object.entries<IndexFunction<T>>(options.indexes ?? {});
    this.#indexes = new Map(functions.map(([name, valuesOf]) => [name, new ObjectIndex(valuesOf)]));
    this.whenSynced = new Promise((resolve) => {
      this.#becomeSynced = resolve;
    });
  }

  /** True from the first complete list on. */
  get synced(): boolean {
    return this.#synced;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  by(index: IndexName, value: string): readonly T[] {
    return this.#indexes.get(index)?.by(value) ?? [];
  }

  has(index: IndexName, value: string): boolean {
    return this.#indexes.get(index)?.has(value) ?? false;
  }

  /** Takes in what was left out and has room now, from lists that are being read. What changes meanwhile is for the next time. */
  async admit(pages: AsyncIterable<readonly unknown[]>): Promise<void> {
    const changed = new Set<number>();
    this.#changedMeanwhile = changed;
    try {
      for await (const page of pages) for (const raw of page) this.#admitOne(raw, changed);
    } finally {
      // Else it would grow with every object that ever changes.
      this.#changedMeanwhile = undefined;
    }
  }

  #admitOne(raw: unknown, changed: ReadonlySet<number>): void {
    const seen = identityOf(raw);
    if (this.room?.isLeftOut(seen) !== true || changed.has(uidNumber(seen.uid))) return;
    // The watch has still to come as far as this.
    if (compareResourceVersions(seen.resourceVersion, this.#watchedTo) > 0) this.observeWrite(raw);
    else this.#keep(seen, this.#project(raw));
  }

  /** Calls the listener for every change from now on; the returned function ends it. */
  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what a write (or a read) of the API server answered, unless the watch has told something newer. */
  observeWrite(raw: unknown): void {
    const seen = identityOf(raw);
    if (compareResourceVersions(seen.resourceVersion, this.#watchedTo) <= 0) return;
    if (this.#writes.knowsNewer(seen) || this.#holdsNewer(seen)) return;
    this.#writes.note(seen);
    this.#keep(seen, this.#project(raw));
  }

  /** A delete that left nothing: the object is gone here too, and events from before do not bring it back. */
  observeGone(gone: { readonly key: string; readonly uid: string }): void {
    const held = this.#objects.get(gone.key);
    // Not held: the watch has told already, and a tombstone would wait for an event that never comes.
    if (held?.metadata.uid !== gone.uid) return;
    this.#writes.noteGone({ ...gone, resourceVersion: held.metadata.resourceVersion });
    this.#drop(gone.key);
  }

  /** A page of a list, projected: what `replace` takes. */
  projectItem(raw: unknown): ListedObject<T> {
    const seen = identityOf(raw);
    return { ...seen, object: this.room?.staysOut(seen) === true ? undefined : this.#project(raw) };
  }

  /** False for one of which nothing is kept, was kept or was written: a list need not remember it, and there may be thousands. */
  concerns(item: ListedObject<T>): boolean {
    return (
      item.object !== undefined ||
      this.#objects.has(item.key) ||
      this.#writes.has(item.uid) ||
      this.room?.isLeftOut(item) === true
    );
  }

  /** While the first list comes: so there is not everything to do at its end. What is not in it goes when it is complete. */
  takeListed(item: ListedObject<T>): ListedObject<T> {
    if (!this.#writes.knowsNewer(item) && !this.#isSuperseded(item)) this.#keep(item, item.object);
    // Of what is left out nothing is remembered until the list is complete either.
    return this.room?.isLeftOut(item) === true ? { ...item, object: undefined } : item;
  }

  /** A complete list as of `resourceVersion`, of what concerns this store: the truth, but for writes made since. */
  replace(items: readonly ListedObject<T>[], resourceVersion: string): void {
    this.#watchedTo = resourceVersion;
    const listed = new Set(items.map((item) => item.uid));
    for (const item of items) this.takeListed(item);
    for (const object of this.list()) {
      const { uid } = object.metadata;
      if (!listed.has(uid) && !this.#writes.isAhead(uid, resourceVersion)) this.#drop(keyOf(object.metadata));
    }
    this.#writes.forgetListed(listed, resourceVersion);
    this.room?.forgetOthers(listed);
    this.#synced = true;
    this.#becomeSynced();
  }

  /** Every change up to here has been told. */
  get toldTo(): string {
    return this.#watchedTo;
  }

  /**
   * One event of the watch, in the order the server sent it. One that is not newer than what was told is an echo, or the
   * view of a server that lags behind: time does not run backwards.
   */
  applyEvent(event: Extract<WatchEvent, { object: unknown }>): string {
    const seen = identityOf(event.object);
    if (compareResourceVersions(seen.resourceVersion, this.#watchedTo) <= 0) return this.#watchedTo;
    if (event.type === 'DELETED') {
      this.#writes.forget(seen.uid);
      this.room?.forget(seen);
      if (this.#objects.get(seen.key)?.metadata.uid === seen.uid) this.#drop(seen.key);
    } else if (!this.#writes.knowsNewer(seen) && !this.#isSuperseded(seen)) {
      this.#writes.forget(seen.uid);
      this.#changedMeanwhile?.add(uidNumber(seen.uid));
      this.#keep(seen, this.#project(event.object));
    }
    this.progress(seen.resourceVersion);
    return seen.resourceVersion;
  }

  /** The watch has told everything up to here (an event or a bookmark). */
  progress(resourceVersion: string): void {
    if (compareResourceVersions(resourceVersion, this.#watchedTo) > 0) this.#watchedTo = resourceVersion;
    // The watch went past a write without showing it: the object is outside the selection, or was deleted in between.
    for (const passed of this.#writes.takePassed(this.#watchedTo)) {
      if (this.#objects.get(passed.key)?.metadata.uid === passed.uid) this.#drop(passed.key);
    }
  }

  /** True for a view of an object whose name a newer object, known by a write, has taken since. */
  #isSuperseded(seen: Identity): boolean {
    const held = this.#objects.get(seen.key);
    return (
      held !== undefined &&
      held.metadata.uid !== seen.uid &&
      this.#writes.isAhead(held.metadata.uid, seen.resourceVersion)
    );
  }

  #holdsNewer(seen: Identity): boolean {
    const held = this.#objects.get(seen.key);
    return held !== undefined && compareResourceVersions(held.metadata.resourceVersion, seen.resourceVersion) >= 0;
  }

  #keep(seen: Identity, after: T | undefined): void {
    const before = this.#objects.get(seen.key);
    if (after === undefined || (before !== undefined && before.metadata.uid !== seen.uid)) this.#drop(seen.key);
    if (after === undefined) return;
    const same = this.#objects.get(seen.key);
    if (same?.metadata.resourceVersion === seen.resourceVersion) return;
    if (same === undefined) return this.#take(seen, after);
    if (this.room?.mayGrow(seen.key, same, after) === false) return this.#leaveOut(seen);
    this.#store(seen.key, after);
    if (!areAlike(same, after)) this.#tell({ before: same, after });
  }

  /** One that was not kept before. */
  #take(seen: Identity, after: T): void {
    if (this.room?.admits(seen, after) === false) return this.room?.leaveOut(seen);
    this.room?.forget(seen);
    this.#store(seen.key, after);
    this.#tell({ after });
  }

  /** One that was kept, and has grown. */
  #leaveOut(seen: Identity): void {
    this.room?.leaveOut(seen);
    this.#drop(seen.key);
  }

  #store(key: string, after: T): void {
    const before = this.#objects.get(key);
    if (before !== undefined) this.room?.remove(key, before);
    this.room?.add(key, after);
    this.#objects.set(key, after);
    for (const index of this.#indexes.values()) {
      if (before !== undefined) index.remove(before);
      index.add(after);
    }
  }

  #drop(key: string): void {
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    this.room?.remove(key, before);
    for (const index of this.#indexes.values()) index.remove(before);
    this.#tell({ before });
    this.room?.offer(key);
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** True when nothing but the resourceVersion tells them apart: something changed that the projection does not keep. */
function areAlike(before: Observed, after: Observed): boolean {
  return textOf(before) === textOf(after);
}

function textOf(object: Observed): string {
  return JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: '' } });
}

export interface ListedObject<T> extends Identity {
  readonly object: T | undefined;
}
