import { imageKey } from '../../cluster-view/indexes.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import type { ObjectStore } from '../../runtime/store.ts';

interface Stores {
  readonly pods: ObjectStore<PodView, 'image'>;
  readonly nodes: ObjectStore<NodeView>;
}

/** Pods of the build's system that wait for its image, on whichever node. */
export function waitingPodsOf({ metadata, spec }: NixBuild, { pods, nodes }: Stores): readonly PodView[] {
  return pods.by('image', imageKey(metadata.namespace ?? '', spec.imageTag)).filter((pod) => {
    const node = pod.nodeName === undefined ? undefined : nodes.get(pod.nodeName);
    const waits = pod.containers.some(({ image, waiting }) => image === spec.imageTag && waiting !== undefined);
    return waits && node !== undefined && nativeSystem(node) === spec.system;
  });
}
