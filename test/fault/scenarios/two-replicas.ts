import { addNode, addPod, allBuildsAre, allPodsRun, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** A first build by two replicas: one works, the other takes over when it dies or cannot renew its lease. */
export const twoReplicas: Scenario = {
  name: 'two-replicas',
  replicas: 2,
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0');
  },
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};
