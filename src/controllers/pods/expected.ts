import { looksForImages } from '../../cluster-view/images-ahead.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { SeenPod } from './observe.ts';
import { type Want, wantsOf } from './wants.ts';

/**
 * What the kubelet will most likely find missing: it says so a second after the Pod has its node, and most of that passes before it
 * looks. A new tag of a repository that enbi has built before for this namespace is built meanwhile; it is loaded when the kubelet has
 * said so (controllers/builds/needless.ts). What is wrong with the Pod is told when it is known to wait.
 */
export function expectedWants({ pod, builds, onNodes, isBuiltHere }: SeenPod): readonly Want[] {
  if (!looksForImages(pod)) return [];
  const { wants } = wantsOf(asIfMissing(pod), builds);
  return wants
    .filter(({ image }) => isBuiltHere(image) && !onNodes.has(image))
    .map((want) => ({ ...want, isExpected: true }));
}

function asIfMissing(pod: PodView): PodView {
  return { ...pod, containers: pod.containers.map((container) => ({ ...container, waiting: 'ErrImagePull' })) };
}
