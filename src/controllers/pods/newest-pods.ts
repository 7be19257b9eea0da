import { imageKey, podIndexes } from '../../cluster-view/indexes.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/**
 * Of the Pods that name an image the one that was made last; of several the last by name. All Pods of a Deployment ask for it, again and again
 * while they come and go, so they are put in order once, and each change finds its place by halves.
 */
export class NewestPods {
  readonly #pods: ObjectStore<PodView, 'image'>;
  /** By image, the oldest first; those that are going are none. Of images that somebody asked for and that have Pods. */
  readonly #inOrder = new Map<string, PodView[]>();

  constructor(pods: ObjectStore<PodView, 'image'>) {
    this.#pods = pods;
    pods.subscribe(({ before, after }) => {
      if (before !== undefined) this.#remove(before);
      if (after !== undefined) this.#add(after);
    });
  }

  of(image: string, namespace: string): PodView | undefined {
    const key = imageKey(namespace, image);
    const pods = this.#inOrder.get(key) ?? this.#pods.by('image', key).filter(stays).toSorted(byAge);
    if (pods.length > 0) this.#inOrder.set(key, pods);
    return pods.at(-1);
  }

  #add(pod: PodView): void {
    if (!stays(pod)) return;
    for (const key of podIndexes.image(pod)) {
      const pods = this.#inOrder.get(key);
      pods?.splice(placeOf(pod, pods), 0, pod);
    }
  }

  #remove(pod: PodView): void {
    for (const key of podIndexes.image(pod)) {
      const pods = this.#inOrder.get(key) ?? [];
      const place = placeOf(pod, pods);
      if (pods[place]?.metadata.uid === pod.metadata.uid) pods.splice(place, 1);
      if (pods.length === 0) this.#inOrder.delete(key);
    }
  }
}

function stays({ metadata }: PodView): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** How many come before it. */
function placeOf(pod: PodView, pods: readonly PodView[]): number {
  let [from, to] = [0, pods.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const other = pods[middle];
    if (other !== undefined && byAge(other, pod) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** These times are of one form: in order of text is in order of time. */
function byAge({ metadata: a }: PodView, { metadata: b }: PodView): number {
  return compare(a.creationTimestamp ?? '', b.creationTimestamp ?? '') || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
