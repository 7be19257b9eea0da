import type { AgentOrder } from '../api/agent-order.ts';

/** What is to be done by the agent of one node, as the builds of that node say. */
export interface NodeWork {
  /** A build runs there: its image is to be loaded soon. */
  readonly isComing: boolean;
  /** May it be built there for anybody. */
  readonly isForBuilds: boolean;
  /** The longest waiting first, and namespaces in turns. */
  readonly imports: readonly WantedImport[];
  /** Those whose Pods wait longest for their image last: what is not in the list is not pinned. */
  readonly pins: readonly AgentOrder[];
  /** When a pin is over. */
  readonly recheckAfterMs?: number;
}

export interface WantedImport {
  /** The Job of the agent that is to do it. */
  readonly agent: string;
  readonly order: AgentOrder;
}
