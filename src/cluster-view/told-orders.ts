import * as z from 'zod';
import { label, ordersAnnotation } from '../api/labels.ts';
import { orderListLimits } from '../api/order-list.ts';
import { gistOf } from './builder-list.ts';
import { fingerprint } from './names.ts';
import { type Raw, rawOf, textOf } from './raw.ts';

/** The list of orders that a Pod has, as far as it matters whether it should have another. */
export interface ToldOrders {
  /** Of the whole text; of a builder's list, of its gist. */
  readonly digest: string;
  readonly ask: string;
  /** Of its orders. */
  readonly ids: readonly string[];
}

const Told = z.looseObject({
  ask: z.string().max(64),
  orders: z
    .array(z.looseObject({ id: z.string().max(80) }))
    .max(orderListLimits.orders)
    .catch([]),
});

/** Of an agent's Pod, or a builder's. The text itself is not kept: it is worked out anew whenever it is needed. */
export function toldOrders({ metadata }: Raw): { readonly orders?: ToldOrders } {
  const { labels, annotations } = rawOf(metadata);
  const text = textOf(rawOf(annotations)[ordersAnnotation]);
  const isBuilder = Object.hasOwn(rawOf(labels), label.builder);
  if (!isBuilder && !Object.hasOwn(rawOf(labels), label.agentOf)) return {};
  const { ask = '', orders = [] } = listIn(text) ?? {};
  return { orders: { digest: digestOf(isBuilder ? gistOf(text) : text), ask, ids: orders.map(({ id }) => id) } };
}

export function digestOf(text: string): string {
  return fingerprint(text);
}

function listIn(text: string): z.infer<typeof Told> | undefined {
  if (text === '' || text.length > orderListLimits.bytes) return undefined;
  try {
    return Told.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
