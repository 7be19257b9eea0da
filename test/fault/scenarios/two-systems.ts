import { addNode, addPod, allBuildsAre, allPodsRun, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** One Deployment on nodes of two systems: two builds, one for each. */
export const twoSystems: Scenario = {
  name: 'two-systems',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addNode(stage, 'node-2', { architecture: 'arm64' });
    await addPod(stage, 'web-0');
    await addPod(stage, 'web-1', { node: 'node-2' });
  },
  isDone: (stage) =>
    allPodsRun(stage) &&
    stage.world.list('nixbuilds').length === 2 &&
    allBuildsAre(stage, 'Succeeded') &&
    noJobsAreLeft(stage),
};
