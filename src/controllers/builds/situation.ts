import type { Plan } from '../../runtime/plan.ts';
import type { SeenBuild } from './observe.ts';
import type { BuildSettings } from './settings.ts';

/** What a rule looks at. `now` is given: a decision has no clock. */
export interface Situation extends SeenBuild {
  readonly now: Date;
  readonly settings: BuildSettings;
}

/** One situation and what it asks for; undefined when it is another situation. */
export type Rule = (situation: Situation) => Plan | undefined;
