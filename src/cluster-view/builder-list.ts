import * as z from 'zod';
import type { BuilderOrder } from '../api/builder-order.ts';
import { type OrderList, orderListLimits } from '../api/order-list.ts';

/** What a builder is told, whole. It does one build at a time: the next is listed when the one before has left. */
export function builderList(order: Pick<BuilderOrder, 'id' | 'once'> | undefined, version: string): string {
  const list: Omit<OrderList<never>, 'orders'> = { version, ask: '', atOnce: 1 };
  return JSON.stringify({ ...list, orders: order === undefined ? [] : [order] });
}

const Gist = z.looseObject({
  version: z.string(),
  orders: z.array(z.looseObject({ id: z.string(), once: z.literal(true).optional() })).max(orderListLimits.orders),
});

/**
 * What of a list says whether another one is to be written. An order is carried out once: what the builds it is worked out from have become
 * since changes nothing.
 */
export function gistOf(list: string): string {
  if (list.length > orderListLimits.bytes) return '';
  try {
    const { version, orders } = Gist.parse(JSON.parse(list));
    return JSON.stringify([version, orders.map(({ id, once }) => [id, once === true])]);
  } catch {
    return '';
  }
}
