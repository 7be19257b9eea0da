import type { Clock } from '../../runtime/clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { decideStore } from './decide.ts';
import { observeStore, type StoreStores } from './observe.ts';
import type { StoreSettings } from './settings.ts';

export interface StoreDeps {
  readonly stores: StoreStores;
  readonly clock: Clock;
  readonly settings: StoreSettings;
}

/** One pass over one NixStore; undefined when it is gone: what it owned goes by owner reference. */
export function reconcileStore(key: string, refusals: readonly Refusal[], deps: StoreDeps): Plan | undefined {
  const seen = observeStore(key, deps.stores, deps.settings.namespace);
  return seen === undefined ? undefined : decideStore({ ...seen, refusals }, deps.clock.now(), deps.settings);
}
