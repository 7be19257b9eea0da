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
}

const Asking = z.looseObject({ ask: z.string().max(64) });

/** Of an agent's Pod, or a builder's. The text itself is not kept: it is worked out anew whenever it is needed. */
export function toldOrders({ metadata }: Raw): { readonly orders?: ToldOrders } {
  const { labels, annotations } = rawOf(metadata);
  const text = textOf(rawOf(annotations)[ordersAnnotation]);
  if (Object.hasOwn(rawOf(labels), label.builder)) return { orders: { digest: digestOf(gistOf(text)), ask: '' } };
  return Object.hasOwn(rawOf(labels), label.agentOf) ? { orders: { digest: digestOf(text), ask: askIn(text) } } : {};
}

export function digestOf(text: string): string {
  return fingerprint(text);
}

function askIn(text: string): string {
  if (text === '' || text.length > orderListLimits.bytes) return '';
  try {
    return Asking.safeParse(JSON.parse(text)).data?.ask ?? '';
  } catch {
    return '';
  }
}
