import * as z from 'zod';
import { paths } from '../api/order.ts';
import { type BuildPlaces, buildPod } from './nix-run.ts';
import type { DeskPlaces } from './order-desk.ts';

/** Where things lie in a builder that stays, beside what any build Pod has. */
export interface BuilderPlaces extends BuildPlaces, Omit<DeskPlaces, 'step'> {
  /** What orders may leave things in, and the next one is not to find. */
  readonly emptied: readonly string[];
}

/** What the loop leaves in a container's own directory when it ends (image/builder.sh). */
export const endMark = 'ended';

const ledger = 'orders.json';

/** What the controller says when it makes the Pod. */
const Environment = z.object({ ENBI_VERSION: z.string().min(1).max(512) });

export function builderPod(step: DeskPlaces['step']): BuilderPlaces {
  const { ENBI_VERSION: version } = Environment.parse(process.env);
  const shared = { ...buildPod, version, orders: paths.orders };
  // The memory that the containers of a Pod share is for `build` to empty: `fetch` may run beside it, and has nothing there.
  if (step === 'fetch') return { ...shared, ledger: `${paths.handover}/${ledger}`, emptied: ['/tmp'] };
  return { ...shared, ledger: `${paths.handback}/${ledger}`, emptied: ['/tmp', '/dev/shm'] };
}
