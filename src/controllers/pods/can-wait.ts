import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** Whether nobody waits for a look at it: all its containers have their images, as far as they are known. */
export function podCanWait(key: string, pods: Pick<ObjectStore<PodView>, 'get'>): boolean {
  return pods.get(key)?.containers.every(({ waiting }) => waiting === undefined) === true;
}
