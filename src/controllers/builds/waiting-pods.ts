import type { ContainerView } from '../../cluster-view/container.ts';
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

/** Pods of the build's system that wait for its image to be on their node, whichever it is. */
export function waitingPodsOf({ metadata, spec }: NixBuild, { pods, nodes }: Stores): readonly PodView[] {
  return pods.by('image', imageKey(metadata.namespace ?? '', spec.imageTag)).filter((pod) => {
    const node = pod.nodeName === undefined ? undefined : nodes.get(pod.nodeName);
    const waits = pod.containers.some((container) => container.image === spec.imageTag && waitsForNode(container));
    return waits && node !== undefined && nativeSystem(node) === spec.system;
  });
}

/** With the policy Always the kubelet asks a registry, wherever the image is: no import would help, and none was in vain. */
function waitsForNode({ waiting, pullPolicy }: ContainerView): boolean {
  return waiting !== undefined && pullPolicy !== 'Always';
}
