import type { Plan } from '../../runtime/plan.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { decidePod, type PodBecause } from './decide.ts';
import { observePod, type PodSettings, type PodStores } from './observe.ts';

/** One pass over one Pod; undefined when it is gone. Every read is from the watched stores. */
export function reconcilePod(
  key: string,
  refusals: readonly Refusal[],
  stores: PodStores,
  settings: PodSettings,
): Plan<PodBecause> | undefined {
  const seen = observePod(key, refusals, stores, settings);
  return seen === undefined ? undefined : decidePod(seen);
}
