import { refusedWords } from '../../cluster-view/refused.ts';
import { type Plan, settled } from '../../runtime/plan.ts';
import type { Situation } from './situation.ts';
import { notReady, stalled } from './status.ts';

/** Some ten minutes: a quota is raised and a name is freed by people. Then whoever waits for the store is not to wait on. */
const mostTries = 7;

/** It is told, and tried later and later for as long as there is the store; what is only in the way of tidying up makes no store less ready. */
export function writeWasRefused(situation: Situation): Plan | undefined {
  const [refusal] = situation.refusals;
  if (refusal === undefined) return undefined;
  const recheckAfterMs = refusal.againInMs;
  if (refusal.verb !== 'create') return { ...settled('WriteWasRefused'), recheckAfterMs };
  const { reason, message } = refusedWords(refusal);
  const say = refusal.times >= mostTries ? stalled : notReady;
  return { ...say(situation, reason, message), because: 'WriteWasRefused', recheckAfterMs };
}
