import * as z from 'zod';
import { OrderId } from './order.ts';
import { reportedCeilings } from './reported-ceilings.ts';

/**
 * What a Pod that lives on should be doing now, as one annotation of it. An order that is not in the list any more is cancelled; one whose
 * id was carried out is not carried out again.
 */
export interface OrderList<Order> {
  /** Of the enbi that gives the orders; a Pod of another one takes none. */
  readonly version: string;
  /** Whenever it is another, the Pod tells of every order that it knows. */
  readonly ask: string;
  /** How long the Pod stays when there is nothing to do; undefined: for ever. */
  readonly staySeconds?: number | undefined;
  /** How many orders are carried out at once, of those that take turns. */
  readonly atOnce: number;
  readonly orders: readonly Listed<Order>[];
}

export interface Listed<Order> {
  readonly id: string;
  /** The Pod ends with what comes of this one as its termination message. */
  readonly once: boolean;
  /** Undefined: it is none that this enbi knows. */
  readonly order: Order | undefined;
}

/** All annotations of a Pod together have 256 KiB. What does not fit waits for the next list. */
export const orderListLimits = { orders: reportedCeilings.orders.value, bytes: reportedCeilings.orderBytes.value };

const versionOf = z.looseObject({ version: z.string().max(512) });

const Frame = z.strictObject({
  version: z.string(),
  ask: z.string().max(64),
  staySeconds: z.number().int().min(0).max(604_800).optional(),
  atOnce: z.number().int().min(1).max(64),
  orders: z.array(z.looseObject({ id: OrderId, once: z.literal(true).optional() })).max(orderListLimits.orders),
});

/** Why a list says nothing to whoever read it. */
export const listRefusals = ['TooLarge', 'Unreadable', 'OtherVersion'] as const;
export type ListRefusal = (typeof listRefusals)[number];

interface Reader<Order> {
  /** Of whoever reads. */
  readonly version: string;
  /** Of one order, with its id. */
  readonly order: z.ZodType<Order>;
}

/** The list is refused as a whole, or an order by itself: those beside it are still meant. Of two with one id the first counts. */
export function parseOrderList<Order>(text: string, reader: Reader<Order>): OrderList<Order> | ListRefusal {
  if (Buffer.byteLength(text) > orderListLimits.bytes) return 'TooLarge';
  const value = parseJson(text);
  const named = versionOf.safeParse(value);
  if (!named.success) return 'Unreadable';
  if (named.data.version !== reader.version) return 'OtherVersion';
  const frame = Frame.safeParse(value);
  if (!frame.success) return 'Unreadable';
  const listed = frame.data.orders.map((order) => ({
    id: order.id,
    once: order.once === true,
    order: reader.order.safeParse(order).data,
  }));
  const orders = listed.filter(({ id }, at) => listed.findIndex((other) => other.id === id) === at);
  return { ...frame.data, orders };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
