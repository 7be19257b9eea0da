import { controllerOf } from '../server/live.ts';
import { allGoesWell, endsWith, type Script } from '../stand-in/script.ts';
import { addNode, addPod, allBuildsAre, allPodsRun, askingPods, noJobsAreLeft, someBuildIs } from './parts.ts';
import type { Scenario } from './scenario.ts';

const notThere = endsWith({ ok: false, reason: 'FlakeNotFound', retry: false, message: 'no such tag' }, 1000);

/** The tag is pushed after the first attempt. */
const script: Script = {
  ending: (pod, container) =>
    container === 'fetch' && controllerOf(pod)?.name.endsWith('-build-1') === true
      ? notThere
      : allGoesWell.ending(pod, container),
};

/** Nobody does anything but push the tag. */
export const pushedLater: Scenario = {
  name: 'pushed-later',
  script: () => script,
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0');
  },
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};

/** The Deployment is restarted as well, and its new Pod asks anew before the time for that has come. */
export const pushedAndRestarted: Scenario = {
  ...pushedLater,
  name: 'pushed-and-restarted',
  acts: [
    {
      when: (stage) => someBuildIs(stage, 'Failed'),
      afterMs: 5000,
      async make(stage) {
        const old = askingPods(stage);
        await addPod(stage, 'web-1');
        for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
      },
    },
  ],
};
