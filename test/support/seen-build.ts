import type { SeenAgent, SeenBuild } from '../../src/controllers/builds/observe.ts';
import type { SeenJob } from '../../src/controllers/builds/seen-job.ts';
import { noOrderReports } from '../../src/mailbox/order-reports.ts';
import { aBuild } from './builders.ts';

export const noJob: SeenJob = { job: undefined, pod: undefined, said: new Map(), trouble: '' };

/** That of the node, which is told nothing yet. */
export const noAgent: SeenAgent = { ...noJob, name: 'enbi-agent-node-1', answer: undefined, refusals: [] };

/** A NixBuild beside which there is nothing: a test states only what there is. */
export function aSeenBuild(given: Partial<SeenBuild> = {}): SeenBuild {
  return {
    build: aBuild(),
    namespace: undefined,
    node: undefined,
    store: undefined,
    foreignStore: undefined,
    scopedStores: 0,
    jobs: [],
    runningJobs: [],
    keptJobs: [],
    idleBuilders: [],
    waiting: [],
    isInUse: false,
    successor: undefined,
    refusals: [],
    history: undefined,
    place: undefined,
    lacking: [],
    nameIsTaken: false,
    buildJob: noJob,
    builder: { hasTurn: true, isAtAnother: false, refusals: [] },
    agent: noAgent,
    ...given,
  };
}

/** For a whole pass where no agent says anything. */
export const silentAgents = {
  orderReports: noOrderReports,
  agentRefusals: () => [],
  builderRefusals: () => [],
} as const;
