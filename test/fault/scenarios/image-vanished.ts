import { addNode, addPod, allBuildsAre, allPodsRun, askingPods, image, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** The kubelet has collected the image; the next Pod waits for it again, and it is only imported. */
export const imageVanished: Scenario = {
  name: 'image-vanished',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0');
  },
  acts: [
    {
      when: (stage) => allPodsRun(stage) && noJobsAreLeft(stage),
      afterMs: 10_000,
      async make(stage) {
        stage.images.remove(`${stage.world.name}-node-1`, image);
        const old = askingPods(stage);
        await addPod(stage, 'web-1');
        for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
      },
    },
  ],
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};
