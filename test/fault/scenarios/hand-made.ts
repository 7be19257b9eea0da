import { addNode, allBuildsAre, aNixBuild, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** Somebody writes a NixBuild and no Pod waits for it. */
export const handMade: Scenario = {
  name: 'hand-made',
  async begin(stage) {
    await addNode(stage, 'node-1');
  },
  acts: [{ when: () => true, make: (stage) => aNixBuild(stage, 'mine') }],
  isDone: (stage) => allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};
