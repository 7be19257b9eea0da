import type { AgentKind } from '../../cluster-view/agent.ts';

/** What an administrator decides about agents; see docs/reference/settings.md. */
export interface AgentSettings extends AgentKind {
  /** enbi's own namespace. */
  readonly namespace: string;
  /** How long an agent stays that has nothing to do; `always`: there is one on every node that may build. */
  readonly agentIdle: number | 'always';
}
