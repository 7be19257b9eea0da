import type { Clock } from '../../runtime/clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import { decideAgents } from './decide.ts';
import { type AgentObservation, observeNode } from './observe.ts';

export interface AgentDeps extends AgentObservation {
  readonly clock: Clock;
}

/** One pass over the agents of one node, by its name; undefined when it is gone, and they are. */
export function reconcileAgents(key: string, deps: AgentDeps): Plan | undefined {
  const seen = observeNode(key, deps);
  if (seen.node === undefined && seen.others.length === 0) return undefined;
  return decideAgents(seen, deps.clock.now(), deps.settings);
}
