import { listOf, rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { isGoing, type Live, statusOf } from '../server/live.ts';
import { claimsOf, nodeOf } from './pods.ts';
import type { Move, Stage } from './stand-in.ts';

/** Gives Pods the node that they ask for, once it takes them and their claims are bound. */
export function* scheduler({ world, hands }: Stage): Iterable<Move> {
  for (const pod of world.list('pods')) {
    if (nodeOf(pod) !== '' || isGoing(pod)) continue;
    const node = world.get('nodes', wantedNode(pod));
    const { uid } = pod.metadata;
    if (node !== undefined && takes(node, pod) && isBound(pod, { world })) {
      yield { key: `bind ${uid}`, afterMs: 50, make: () => hands.bind(pod, node.metadata.name) };
    } else if (!isToldUnschedulable(pod)) {
      yield { key: `unschedulable ${uid}`, afterMs: 200, make: () => hands.patchStatus('pods', pod, unschedulable) };
    }
  }
}

const unschedulable = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node takes the Pod' }],
};

function isToldUnschedulable(pod: Live): boolean {
  return listOf(statusOf(pod).conditions).some(({ reason }) => reason === 'Unschedulable');
}

function wantedNode(pod: Live): string {
  const affinity = rawOf(rawOf(rawOf(pod.spec).affinity).nodeAffinity);
  const required = rawOf(affinity.requiredDuringSchedulingIgnoredDuringExecution);
  const [term] = listOf(required.nodeSelectorTerms);
  const [field] = listOf(term?.matchFields);
  return Array.isArray(field?.values) ? textOf(field.values[0]) : '';
}

export function isReady(node: Live): boolean {
  return listOf(statusOf(node).conditions).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function takes(node: Live, pod: Live): boolean {
  if (!isReady(node)) return false;
  const tolerates = listOf(rawOf(pod.spec).tolerations).some(({ key }) => key === 'node.kubernetes.io/unschedulable');
  return tolerates || rawOf(node.spec).unschedulable !== true;
}

function isBound(pod: Live, { world }: Pick<Stage, 'world'>): boolean {
  return claimsOf(pod).every((key) => {
    const claim = world.get('persistentvolumeclaims', key);
    return claim !== undefined && !isGoing(claim) && statusOf(claim).phase === 'Bound';
  });
}
