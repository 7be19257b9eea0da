import type { Plan } from '../../runtime/plan.ts';
import type { SeenBuilder } from './observe.ts';
import type { BuilderSettings } from './settings.ts';

/** What a rule looks at. `now` is given: a decision has no clock. */
export interface Situation extends SeenBuilder {
  readonly now: Date;
  readonly settings: BuilderSettings;
}

/** One situation and what it asks for; undefined when it is another situation. */
export type Rule = (situation: Situation) => Plan | undefined;
