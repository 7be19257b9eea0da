import { type Identity, identityOf } from '../runtime/identity.ts';
import type { ResourceType, WatchEvent } from '../runtime/kube-client.ts';
import { compareResourceVersions } from '../runtime/resource-version.ts';
import type { Reflected } from '../runtime/shared-watch.ts';
import { shortDigest, shortNumber } from './name-digest.ts';
import { type ImageNames, NameUses, type Uses } from './name-uses.ts';

export interface NameUserOptions {
  readonly resource: ResourceType;
  readonly project: (raw: unknown) => ImageNames;
  /** How many names of one owner are noted. */
  readonly most: number;
}

interface ListedUser extends Identity {
  readonly names: ImageNames;
}

/** The same names, of however many objects: the Pods of a Deployment. */
interface Shape {
  readonly key: string;
  readonly names: ImageNames;
  objects: number;
}

/**
 * Every object of a resource, as far as it names images. All Pods of a cluster are in here, so of each is kept one number and the names
 * only once for all that are alike: 10,000 Pods are less than 2 MiB. What enbi writes changes no image.
 */
export class NameUsers implements Reflected<ListedUser> {
  readonly resource: ResourceType;
  readonly whenSynced: Promise<void>;
  #synced = false;
  #becomeSynced: () => void = () => undefined;
  readonly #project: (raw: unknown) => ImageNames;
  /** By uid. */
  readonly #objects = new Map<number, Shape>();
  readonly #shapes = new Map<string, Shape>();
  readonly #uses: NameUses;
  #toldTo = '0';

  constructor({ resource, project, most }: NameUserOptions) {
    this.resource = resource;
    this.#project = project;
    this.#uses = new NameUses(most);
    this.whenSynced = new Promise((resolve) => {
      this.#becomeSynced = resolve;
    });
  }

  /** Who uses a name: how many objects, by owner. */
  of(name: number): ReadonlyMap<string, Uses> {
    return this.#uses.of(name);
  }

  get synced(): boolean {
    return this.#synced;
  }

  get toldTo(): string {
    return this.#toldTo;
  }

  projectItem(raw: unknown): ListedUser {
    return { ...identityOf(raw), names: this.#project(raw) };
  }

  concerns(): boolean {
    return true;
  }

  takeListed(item: ListedUser): ListedUser {
    this.#keep(shortNumber(item.uid), item.names);
    return item;
  }

  replace(items: readonly ListedUser[], resourceVersion: string): void {
    this.#toldTo = resourceVersion;
    const listed = new Set(items.map(({ uid }) => shortNumber(uid)));
    for (const item of items) this.takeListed(item);
    for (const object of this.#objects.keys()) if (!listed.has(object)) this.#drop(object);
    this.#synced = true;
    this.#becomeSynced();
  }

  /** What is not newer than what was told is an echo. */
  applyEvent({ type, object }: Extract<WatchEvent, { object: unknown }>): string {
    const { uid, resourceVersion } = identityOf(object);
    if (compareResourceVersions(resourceVersion, this.#toldTo) <= 0) return this.#toldTo;
    if (type === 'DELETED') this.#drop(shortNumber(uid));
    else this.#keep(shortNumber(uid), this.#project(object));
    this.#toldTo = resourceVersion;
    return resourceVersion;
  }

  progress(resourceVersion: string): void {
    if (compareResourceVersions(resourceVersion, this.#toldTo) > 0) this.#toldTo = resourceVersion;
  }

  observeWrite(): void {}

  observeGone(): void {}

  /** First what comes, then what goes: names that stay keep their place among those that are noted. */
  #keep(object: number, names: ImageNames): void {
    const before = this.#objects.get(object);
    const after = this.#shapeOf(names);
    if (before === after) return;
    after.objects += 1;
    this.#uses.count(after.names, 1);
    this.#objects.set(object, after);
    if (before !== undefined) this.#leave(before);
  }

  #drop(object: number): void {
    const before = this.#objects.get(object);
    if (before === undefined) return;
    this.#objects.delete(object);
    this.#leave(before);
  }

  #leave(shape: Shape): void {
    shape.objects -= 1;
    this.#uses.count(shape.names, -1);
    if (shape.objects === 0) this.#shapes.delete(shape.key);
  }

  #shapeOf(names: ImageNames): Shape {
    const key = shortDigest(JSON.stringify(names));
    const shape = this.#shapes.get(key) ?? { key, names, objects: 0 };
    this.#shapes.set(key, shape);
    return shape;
  }
}
