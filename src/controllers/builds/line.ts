import { ceilings } from '../../api/ceilings.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { isAsking } from '../../cluster-view/road.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** A build as it stands in line. */
export interface Standing {
  readonly key: string;
  readonly waitsSince: string;
}

/**
 * The builds that ask for a place, those of each namespace in the order in which they have waited. The order is kept as builds change:
 * of ten thousand of one namespace only those are gone through that stand in the queue.
 */
export class Line {
  readonly #byNamespace = new Map<string, Standing[]>();

  constructor(builds: Pick<ObjectStore<NixBuild>, 'list' | 'subscribe'>) {
    for (const build of builds.list()) this.#join(build);
    builds.subscribe(({ before, after }) => {
      if (before !== undefined) this.#leave(before);
      if (after !== undefined) this.#join(after);
    });
  }

  /** Keys of the first of each namespace: of those that stand in the queue. */
  heads(): readonly string[] {
    return [...this.#byNamespace.values()].flatMap((line) =>
      line.slice(0, ceilings.queued.value).map(({ key }) => key),
    );
  }

  /** So many of its namespace have waited longer that it does not even stand in the queue. */
  isCrowded(build: NixBuild): boolean {
    const last = this.#byNamespace.get(namespaceOf(build))?.[ceilings.queued.value - 1];
    return last !== undefined && byAge(standingOf(build), last) > 0;
  }

  #join(build: NixBuild): void {
    if (!isAsking(build)) return;
    const line = this.#byNamespace.get(namespaceOf(build)) ?? [];
    const one = standingOf(build);
    line.splice(placeIn(line, one), 0, one);
    this.#byNamespace.set(namespaceOf(build), line);
  }

  #leave(build: NixBuild): void {
    if (!isAsking(build)) return;
    const line = this.#byNamespace.get(namespaceOf(build)) ?? [];
    const one = standingOf(build);
    const at = placeIn(line, one);
    if (line[at]?.key === one.key) line.splice(at, 1);
    if (line.length === 0) this.#byNamespace.delete(namespaceOf(build));
  }
}

/** How many come before it. */
function placeIn(line: readonly Standing[], one: Standing): number {
  let [from, to] = [0, line.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const other = line[middle];
    if (other !== undefined && byAge(other, one) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function standingOf(build: NixBuild): Standing {
  return { key: keyOf(build.metadata), waitsSince: waitsSince(build) };
}

export function waitsSince({ metadata, status }: NixBuild): string {
  return status.waitsSince ?? metadata.creationTimestamp ?? '';
}

function namespaceOf({ metadata }: NixBuild): string {
  return metadata.namespace ?? '';
}

/** Who has waited longest comes first. */
export function byAge(a: Standing, b: Standing): number {
  return compare(a.waitsSince, b.waitsSince) || compare(a.key, b.key);
}

export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
