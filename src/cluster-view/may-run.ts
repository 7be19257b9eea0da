import { containerAtWork } from './at-work.ts';
import type { JobView } from './objects.ts';
import type { PodView } from './pod.ts';

/** Whether something of one of enbi's Jobs runs, or may come to. A Job without a Pod gets one, unless it has ended or is being deleted. */
export function mayRun({ ended, metadata }: JobView, pods: readonly PodView[]): boolean {
  const getsPod = pods.length === 0 && metadata.deletionTimestamp === undefined;
  return !ended && (getsPod || pods.some((pod) => !isOver(pod)));
}

/**
 * Their containers work one after the other, each once, and none after one that failed. That tells the end before the Pod does,
 * as the Pod does before its Job: the kubelet holds the phase back until all is taken down (pkg/kubelet/status/status_manager.go).
 */
function isOver(pod: PodView): boolean {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return true;
  const last = containerAtWork(pod);
  return last === undefined || last.terminated !== undefined;
}
