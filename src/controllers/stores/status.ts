import { mergeConditions, type Verdict } from '../../api/conditions.ts';
import type { NixStoreStatus } from '../../api/nix-store.ts';
import { directoryOf, paths } from '../../api/order.ts';
import type { Reason } from '../../api/reasons.ts';
import { sameJson } from '../../cluster-view/same-json.ts';
import type { Plan, StatusPatch } from '../../runtime/plan.ts';
import { humanBytes } from './bytes.ts';
import { storeRef } from './owner.ts';
import type { Situation } from './situation.ts';

export function pathOf({ store }: Situation): string {
  return `${paths.stores}/${directoryOf(store.spec)}`;
}

export function figures(sizeBytes: number, freeBytes: number): NixStoreStatus {
  return { sizeBytes, freeBytes, size: humanBytes(sizeBytes), free: humanBytes(freeBytes) };
}

/** A plan that only says what is still to come, or what is in the way. */
export function notReady(situation: Situation, reason: Reason, message: string, change: NixStoreStatus = {}): Plan {
  return unready(situation, { type: 'Reconciling', reason, message }, change);
}

/** The same when it has been in the way for so long that nobody should wait for it. */
export function stalled(situation: Situation, reason: Reason, message: string): Plan {
  return unready(situation, { type: 'Stalled', reason, message }, {});
}

function unready(
  situation: Situation,
  why: Pick<Verdict, 'reason' | 'message'> & { readonly type: 'Reconciling' | 'Stalled' },
  change: NixStoreStatus,
): Plan {
  const { reason, message } = why;
  const status = statusPatch(situation, { ready: 'False', ...change }, [
    { type: 'Ready', status: 'False', reason, message },
    { status: 'True', ...why },
  ]);
  return { because: reason, actions: [], ...(status === undefined ? {} : { status }) };
}

/** Undefined when it would change nothing. */
export function statusPatch(
  { store, now }: Situation,
  change: NixStoreStatus,
  verdicts: readonly Verdict[],
): StatusPatch | undefined {
  const generation = store.metadata.generation ?? 0;
  const conditions = mergeConditions(store.status.conditions ?? [], verdicts, generation, now.toISOString());
  const status: NixStoreStatus = { ...change, observedGeneration: generation, conditions };
  const before: Readonly<Record<string, unknown>> = store.status;
  if (Object.entries(status).every(([field, value]) => sameJson(before[field], value))) return undefined;
  return { ref: storeRef(store), resourceVersion: store.metadata.resourceVersion, status };
}
