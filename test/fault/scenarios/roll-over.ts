import { addNode, addPod, allBuildsAre, allPodsRun, askingPods, buildRuns, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** The tag is changed while the first one is being built. */
export const rollOver: Scenario = {
  name: 'roll-over',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-old');
  },
  acts: [
    {
      when: buildRuns,
      afterMs: 1000,
      async make(stage) {
        const old = askingPods(stage);
        await addPod(stage, 'web-new', { image: 'git.example/shop/web:1.1' });
        for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
      },
    },
  ],
  isDone: (stage) =>
    allPodsRun(stage) &&
    stage.world.list('nixbuilds').length === 2 &&
    allBuildsAre(stage, 'Succeeded') &&
    noJobsAreLeft(stage),
};
