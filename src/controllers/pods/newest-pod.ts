import { imageKey } from '../../cluster-view/indexes.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** Of the Pods that name an image the one that was made last; of several the last by name. */
export function newestPodOf(
  image: string,
  namespace: string,
  pods: ObjectStore<PodView, 'image'>,
): PodView | undefined {
  let newest: PodView | undefined;
  for (const pod of pods.by('image', imageKey(namespace, image))) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (newest === undefined || isNewer(pod, newest)) newest = pod;
  }
  return newest;
}

function isNewer({ metadata: a }: PodView, { metadata: b }: PodView): boolean {
  const [madeA, madeB] = [Date.parse(a.creationTimestamp ?? ''), Date.parse(b.creationTimestamp ?? '')];
  return madeA === madeB ? a.name > b.name : madeA > madeB;
}
