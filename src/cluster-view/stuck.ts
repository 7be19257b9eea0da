import type { PodView } from './pod.ts';

/** States of a container that is on its way. */
const onItsWay = /^(PodInitializing|ContainerCreating)$/;

/** Why a Job's Pod does not start, in the scheduler's or the kubelet's words; undefined when it is on its way. */
export function stuckReason(pod: PodView | undefined): string | undefined {
  if (pod === undefined) return 'waiting for the Pod of the Job';
  if (pod.unschedulable !== '') return `the Pod cannot be scheduled: ${pod.unschedulable}`;
  const stuck = pod.containers.find(({ waiting }) => waiting !== undefined && !onItsWay.test(waiting));
  return stuck === undefined
    ? undefined
    : `container ${stuck.name} of Pod ${pod.metadata.name} waits: ${stuck.waiting} ${stuck.image}`;
}
