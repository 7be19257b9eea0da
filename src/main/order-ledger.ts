import { constants } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { ceilings } from '../api/ceilings.ts';
import { OrderId } from '../api/order.ts';
import { maxReportLength } from '../api/report.ts';

/** Which orders a container of a builder has carried out, in a file: each of its processes carries out one. */
const Ledger = z.strictObject({
  /** Of the last list that was read. */
  ask: z.string().max(64).optional(),
  /** The newest last, and what was reported of each: a result as JSON. */
  done: z
    .array(z.strictObject({ order: OrderId, result: z.string().max(maxReportLength) }))
    .max(ceilings.rememberedOrders.value),
});
export type Ledger = z.infer<typeof Ledger>;

/** Twice what so many results take. */
const maxBytes = 1024 * 1024;
/** Not to wait for the other end of a pipe. */
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const empty: Ledger = { done: [] };

/** In the container `build` a builder's code may have written anything there; what makes no sense counts as none. */
export async function readLedger(path: string): Promise<Ledger> {
  try {
    await using file = await open(path, readOnly);
    const { size } = await file.stat();
    if (size > maxBytes) return empty;
    const space = Buffer.alloc(size);
    await file.read(space, 0, size, 0);
    return Ledger.parse(JSON.parse(space.toString()));
  } catch {
    return empty;
  }
}

/** Whether that could be done. */
export async function writeLedger(path: string, ledger: Ledger): Promise<boolean> {
  try {
    await writeFile(`${path}.new`, JSON.stringify(ledger));
    await rename(`${path}.new`, path);
    return true;
  } catch {
    return false;
  }
}

export function withOrder(ledger: Ledger, done: Ledger['done'][number]): Ledger {
  return { ...ledger, done: [...ledger.done, done].slice(-ceilings.rememberedOrders.value) };
}
