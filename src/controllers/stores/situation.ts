import type { Plan } from '../../runtime/plan.ts';
import type { SeenStore } from './observe.ts';
import type { StoreSettings } from './settings.ts';

/** What a rule looks at. `now` is given: a decision has no clock. */
export interface Situation extends SeenStore {
  readonly now: Date;
  readonly settings: StoreSettings;
}

/** One situation and what it asks for; undefined when it is another situation. */
export type Rule = (situation: Situation) => Plan | undefined;
