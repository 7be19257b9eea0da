import type { Stage } from '../../api/nix-build.ts';
import { failure } from '../../cluster-view/outcome.ts';
import { refusedWords } from '../../cluster-view/refused.ts';
import { isActive, isGoing } from '../../cluster-view/road.ts';
import { printableLine } from '../../printable.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { stageFailed } from './failing.ts';
import { jobName } from './names.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, statusPatch, verdicts } from './status.ts';

/** Within half a minute: then the place is given back, and the attempt after it tries again. */
const mostTries = 3;

/**
 * A quota, a policy, a webhook or somebody's object of that name: it is told, tried again a few times, and ends the attempt.
 * What is only in the way of tidying up ends nothing.
 */
export const writeWasRefused: Rule = (situation) => {
  const refusal = refusalsOf(situation).find((each) => isOfNow(each, situation));
  if (refusal === undefined) return undefined;
  const { reason, message } = refusedWords(refusal);
  const plan = {
    because: 'WriteWasRefused',
    actions: [],
    events: [{ type: 'Warning', regarding: buildRef(situation.build), reason, message } as const],
    recheckAfterMs: refusal.againInMs,
  };
  if (!isActive(situation.build) || isGoing(situation.build) || refusal.verb === 'write the status of') return plan;
  if (refusal.times >= mostTries) {
    return { ...stageFailed(situation, stageOf(refusal, situation), failure(reason, true, message)), givesUp: true };
  }
  const progress = printableLine(refusal.message, 200);
  const status = statusPatch(situation.build, { progress }, verdicts.underWay(reason, message), situation.now);
  return { ...plan, ...(status === undefined ? {} : { status }) };
};

/** The agent of its node is refused to all that wait for it. That another one cannot be removed is in nobody's way. */
function refusalsOf({ build, refusals, agent }: Situation): readonly Refusal[] {
  if (build.status.status !== 'Importing') return refusals;
  const names = [agent.name, agent.pod?.metadata.name];
  return [...refusals, ...agent.refusals.filter(({ ref }) => names.includes(ref.name))];
}

/** What an attempt before this one was refused is of no concern. */
function isOfNow({ verb, ref }: Refusal, { build, agent }: Situation): boolean {
  if (verb !== 'create') return true;
  return isActive(build) && (ref.kind === 'NixStore' || [jobName(build), agent.name].includes(ref.name));
}

function stageOf({ ref }: Refusal, { build }: Situation): Stage {
  if (ref.kind === 'NixStore') return 'Store';
  return build.status.status === 'Importing' ? 'Import' : 'Build';
}
