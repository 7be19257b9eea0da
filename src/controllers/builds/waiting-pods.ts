import { askedKeys } from '../../cluster-view/asking.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import type { ObjectStore } from '../../runtime/store.ts';

interface Stores {
  readonly pods: ObjectStore<PodView, 'asks'>;
  readonly nodes: ObjectStore<NodeView>;
}

/** Pods of the build's system that ask for it and wait for its image to be on their node, or will, whichever it is. */
export function waitingPodsOf(build: NixBuild, stores: Stores): readonly PodView[] {
  return askedKeys(build).flatMap((key) => waitingUnder(key, build, stores));
}

/** Those of them that ask in one way (askingKeys); of one image no Pod does in both. */
export function waitingUnder(key: string, { spec }: NixBuild, { pods, nodes }: Stores): readonly PodView[] {
  return pods.by('asks', key).filter((pod) => {
    const node = pod.nodeName === undefined ? undefined : nodes.get(pod.nodeName);
    return waitsFor(spec.imageTag, pod) && node !== undefined && nativeSystem(node) === spec.system;
  });
}

/** With the policy Always the kubelet asks a registry, wherever the image is: no import would help, and none was in vain. */
function waitsFor(wanted: string, pod: PodView): boolean {
  const mayUse = ({ image, pullPolicy }: ContainerView) => image === wanted && pullPolicy !== 'Always';
  return (
    pod.containers.some((container) => container.waiting !== undefined && mayUse(container)) ||
    imagesAhead(pod).some(mayUse)
  );
}
