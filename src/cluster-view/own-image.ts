import { waitsForImage } from './container.ts';
import type { PodView } from './pod.ts';

/** Of enbi's Jobs. What a mesh or a policy puts beside them has images of its own. */
const ownContainers: ReadonlySet<string> = new Set(['fetch', 'build', 'agent', 'prepare', 'remove']);

/**
 * That a Job's Pod cannot start since enbi's own image is not on its node: collected by a kubelet that was short of disk, on a node
 * that is new, or under a name that no registry has. Undefined: it can. The same words at every try of the kubelet's.
 */
export function missingOwnImage(pod: PodView | undefined): string | undefined {
  const stuck = pod?.containers.find((container) => ownContainers.has(container.name) && waitsForImage(container));
  if (pod === undefined || stuck === undefined) return undefined;
  const { nodeName: node = '' } = pod;
  const { image } = stuck;
  const why = stuck.pullPolicy === 'Never' ? 'may not pull it' : 'cannot pull it';
  return (
    `enbi's own image ${image} is not on node ${node}, and the kubelet ${why}. Bring it there as when enbi was installed, or from a ` +
    `node that has it: there, ctr --namespace k8s.io images export enbi.tar ${image}, and on ${node} ctr --namespace k8s.io images ` +
    'import enbi.tar (on k3s and RKE2: k3s ctr)'
  );
}
