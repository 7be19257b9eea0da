import type { Clock } from '../../runtime/clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import { decideBuilder } from './decide.ts';
import { type BuilderObservation, observeBuilder } from './observe.ts';
import type { BuilderSettings } from './settings.ts';

export interface BuilderDeps extends BuilderObservation {
  readonly settings: BuilderSettings;
  readonly clock: Clock;
}

/** One pass over one builder, by the namespace and name of its Job; undefined when there is none. */
export function reconcileBuilder(key: string, deps: BuilderDeps): Plan | undefined {
  const seen = observeBuilder(key, deps);
  return seen === undefined ? undefined : decideBuilder(seen, deps.clock.now(), deps.settings);
}
