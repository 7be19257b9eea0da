import * as z from 'zod';
import type { BuilderOrder } from '../api/builder-order.ts';
import { type OrderList, orderListLimits } from '../api/order-list.ts';

/** What a builder is told, whole. It does one build at a time: the next is listed when the one before has left. `ends`: it is to end. */
export function builderList(order: Pick<BuilderOrder, 'id' | 'once'> | 'ends' | undefined, version: string): string {
  const list: Omit<OrderList<never>, 'orders'> = { version, ask: '', atOnce: 1 };
  if (order === 'ends') return JSON.stringify({ ...list, staySeconds: 0, orders: [] });
  return JSON.stringify({ ...list, orders: order === undefined ? [] : [order] });
}

const Gist = z.looseObject({
  version: z.string(),
  staySeconds: z.number().optional(),
  orders: z.array(z.looseObject({ id: z.string(), once: z.literal(true).optional() })).max(orderListLimits.orders),
});

/**
 * What of a list says whether another one is to be written. An order is carried out once: what the builds it is worked out from have become
 * since changes nothing.
 */
export function gistOf(list: string): string {
  if (list.length > orderListLimits.bytes) return '';
  try {
    const { version, staySeconds, orders } = Gist.parse(JSON.parse(list));
    return JSON.stringify([version, staySeconds ?? null, orders.map(({ id, once }) => [id, once === true])]);
  } catch {
    return '';
  }
}
