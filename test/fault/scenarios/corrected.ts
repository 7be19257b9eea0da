import { rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { controllerOf, type Live } from '../server/live.ts';
import { allGoesWell, type Script } from '../stand-in/script.ts';
import type { Stage } from '../stand-in/stand-in.ts';
import { addNode, addPod, allBuildsAre, allPodsRun, askingPods, buildRuns, image, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

const typo = 'git+https://git.example/shop/wbe?ref=refs/tags/{tag}';

/** What is built by mistake takes so long that nobody waits for its end. */
const script = (stage: () => Stage): Script => ({
  ending(pod, container) {
    const ending = allGoesWell.ending(pod, container);
    return container === 'build' && isOfTypo(pod, stage()) ? { ...ending, afterMs: 3_600_000 } : ending;
  },
});

function isOfTypo(pod: Live, { world }: Stage): boolean {
  const job = controllerOf(pod)?.name ?? '';
  const build = world.list('nixbuilds').find(({ metadata }) => job.startsWith(`${metadata.name}-`));
  return textOf(rawOf(build?.spec).flakeUrl).includes('/wbe');
}

/** The flake in a Deployment's template is corrected in mid-build, and the image is called as before. */
export const correctedInBuild: Scenario = {
  name: 'corrected-in-build',
  script,
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0', { image, flake: typo });
  },
  acts: [
    {
      when: buildRuns,
      afterMs: 1000,
      async make(stage) {
        const old = askingPods(stage);
        await addPod(stage, 'web-1', { image });
        for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
      },
    },
  ],
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};
