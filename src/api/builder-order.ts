import * as z from 'zod';
import { BuildOrder, OrderId } from './order.ts';

/** What a builder that stays is told to do. Its two containers read the same list, and each does its part of every order. */
export const BuilderOrder = z.strictObject({
  id: OrderId,
  once: z.literal(true).optional(),
  build: BuildOrder.omit({ id: true }),
});
export type BuilderOrder = z.infer<typeof BuilderOrder>;
