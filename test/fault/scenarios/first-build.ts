import { addNode, addPod, allBuildsAre, allPodsRun, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** Ten Pods wait for an image that nobody has built. */
export const firstBuild: Scenario = {
  name: 'first-build',
  async begin(stage) {
    await addNode(stage, 'node-1');
    for (let index = 0; index < 10; index++) await addPod(stage, `web-${index}`);
  },
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};
