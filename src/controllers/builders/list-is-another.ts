import type { BuilderOrder } from '../../api/builder-order.ts';
import { ordersAnnotation } from '../../api/labels.ts';
import { builderVersion } from '../../cluster-view/builder.ts';
import { builderList, gistOf } from '../../cluster-view/builder-list.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { digestOf } from '../../cluster-view/told-orders.ts';
import { isOurs } from './not-needed.ts';
import type { Rule, Situation } from './situation.ts';

/** One write, whatever has changed. The first list is there with its Pod. */
export const listIsAnother: Rule = (situation) => {
  const { pod, settings } = situation;
  if (pod === undefined || !takesOrders(pod, situation)) return undefined;
  const version = builderVersion(settings);
  const order = orderOf(situation);
  if (isTold(pod, order, version) || (order === undefined && mayStay(pod, situation))) return undefined;
  const { name, namespace = '', uid } = pod.metadata;
  const patch = { metadata: { annotations: { [ordersAnnotation]: builderList(order, version) } } };
  const ref = { apiVersion: 'v1', kind: 'Pod', name, namespace, uid };
  return { because: 'ListIsAnother', actions: [{ type: 'patch', ref, patch }] };
};

function takesOrders(pod: PodView, { settings }: Situation): boolean {
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  return !isGoing && (pod.phase === 'Pending' || pod.phase === 'Running') && isOurs(pod, settings);
}

function orderOf({ work: { order }, isHeard }: Situation): BuilderOrder | undefined {
  return order === undefined || isHeard ? order : { ...order, once: true };
}

/** What it has built it does not build again: to take that off the list would be a write for nothing. */
function mayStay(pod: PodView, { work, settings }: Situation): boolean {
  const told = work.done.flatMap((id) => [{ id }, { id, once: true as const }]);
  return told.some((order) => isTold(pod, order, builderVersion(settings)));
}

function isTold({ orders }: PodView, order: Pick<BuilderOrder, 'id' | 'once'> | undefined, version: string): boolean {
  return orders?.digest === digestOf(gistOf(builderList(order, version)));
}
