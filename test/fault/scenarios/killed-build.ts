import { controllerOf } from '../server/live.ts';
import { allGoesWell, type Script } from '../stand-in/script.ts';
import { addNode, addPod, allBuildsAre, allPodsRun, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

const killed = { afterMs: 3000, exitCode: 137, message: '' };

/** The first attempt is nobody's fault. */
const script: Script = {
  ending: (pod, container) =>
    container === 'build' && controllerOf(pod)?.name.endsWith('-build-1') === true
      ? killed
      : allGoesWell.ending(pod, container),
};

/** The container is killed from outside in the first attempt, and the second succeeds. */
export const killedBuild: Scenario = {
  name: 'killed-build',
  script: () => script,
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0');
  },
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};
