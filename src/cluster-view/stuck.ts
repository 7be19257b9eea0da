import { printableLine } from '../printable.ts';
import { isStartingUp } from './container.ts';
import { missingOwnImage } from './own-image.ts';
import type { PodView } from './pod.ts';

/** Why a Job's Pod does not start, in the scheduler's or the kubelet's words; undefined when it is on its way. */
export function stuckReason(pod: PodView | undefined): string | undefined {
  if (pod === undefined) return 'waiting for the Pod of the Job';
  const missing = missingOwnImage(pod);
  if (missing !== undefined) return missing;
  if (pod.unschedulable !== '') return `the Pod cannot be scheduled: ${pod.unschedulable}`;
  const stuck = pod.containers.find((container) => !isStartingUp(container));
  if (stuck === undefined) return undefined;
  const { name, waiting, image, complaint } = stuck;
  const words = complaint === undefined ? ` ${image}` : `: ${printableLine(complaint, 300)}`;
  return `container ${name} of Pod ${pod.metadata.name} waits: ${waiting}${words}`;
}
