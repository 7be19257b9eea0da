import type { JobView } from './objects.ts';
import type { PodView } from './pod.ts';

/** Whether something of one of enbi's Jobs runs, or may come to. A Job without a Pod gets one, unless it has ended or is being deleted. */
export function mayRun({ ended, metadata }: JobView, pods: readonly PodView[]): boolean {
  const getsPod = pods.length === 0 && metadata.deletionTimestamp === undefined;
  return !ended && (getsPod || pods.some((pod) => !isOver(pod)));
}

/**
 * Their containers run one after the other, each once, and none after one that failed. That tells the end before the Pod does,
 * as the Pod does before its Job: the kubelet holds the phase back until all is taken down (pkg/kubelet/status/status_manager.go).
 */
function isOver({ phase, containers }: PodView): boolean {
  if (phase === 'Succeeded' || phase === 'Failed') return true;
  const ended = containers.filter(({ terminated }) => terminated !== undefined);
  return ended.length === containers.length || ended.some(({ terminated }) => terminated?.exitCode !== 0);
}
