import type { BuilderOrder } from '../../api/builder-order.ts';
import { ordersAnnotation } from '../../api/labels.ts';
import { builderVersion } from '../../cluster-view/builder.ts';
import { builderList, gistOf } from '../../cluster-view/builder-list.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { digestOf } from '../../cluster-view/told-orders.ts';
import type { Plan } from '../../runtime/plan.ts';
import { isOurs } from './not-needed.ts';
import type { Rule, Situation } from './situation.ts';

/** One write, whatever has changed. The first list is there with its Pod; it is idle from when it has an empty one. */
export const listIsAnother: Rule = (situation) => {
  const { pod, settings } = situation;
  if (pod === undefined || !takesOrders(pod, situation)) return undefined;
  return write(pod, orderOf(situation), builderVersion(settings));
};

/** What was killed could not tell the other container that it ends. */
export const otherHalfIsAlive: Rule = ({ pod, settings }) => {
  const wasKilled = pod?.containers.some(({ terminated }) => terminated !== undefined && terminated.exitCode > 127);
  if (pod === undefined || wasKilled !== true || !pod.containers.some(({ running }) => running)) return undefined;
  return write(pod, 'ends', builderVersion(settings));
};

function write(pod: PodView, order: BuilderOrder | 'ends' | undefined, version: string): Plan | undefined {
  if (isTold(pod, order, version)) return undefined;
  const { name, namespace = '', uid } = pod.metadata;
  const patch = { metadata: { annotations: { [ordersAnnotation]: builderList(order, version) } } };
  const ref = { apiVersion: 'v1', kind: 'Pod', name, namespace, uid };
  return { because: 'ListIsAnother', actions: [{ type: 'patch', ref, patch }] };
}

function takesOrders(pod: PodView, { settings }: Situation): boolean {
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  return !isGoing && (pod.phase === 'Pending' || pod.phase === 'Running') && isOurs(pod, settings);
}

function orderOf({ work: { order }, isHeard }: Situation): BuilderOrder | undefined {
  return order === undefined || isHeard ? order : { ...order, once: true };
}

function isTold({ orders }: PodView, order: Parameters<typeof builderList>[0], version: string): boolean {
  return orders?.digest === digestOf(gistOf(builderList(order, version)));
}
