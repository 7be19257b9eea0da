import * as z from 'zod';
import { ImportOrder, OrderId, PrepareOrder } from './order.ts';

/** An import, and which of the node's stores has what it loads. */
export const AgentImport = ImportOrder.extend({
  store: PrepareOrder,
  /** Longer, and it is killed. */
  seconds: z.number().int().min(1).max(86_400),
});
export type AgentImport = z.infer<typeof AgentImport>;

/**
 * What an agent is told to do. A pin that an import put on an image stays while an order names it, the import's own or one that does
 * nothing else; it goes when none does.
 */
export const AgentOrder = z.union([
  z.strictObject({ id: OrderId, once: z.literal(true).optional(), import: AgentImport }),
  z.strictObject({
    id: OrderId,
    once: z.literal(true).optional(),
    pin: z.strictObject({ by: z.string().regex(/^[a-z0-9-]{1,63}$/) }),
  }),
]);
export type AgentOrder = z.infer<typeof AgentOrder>;
