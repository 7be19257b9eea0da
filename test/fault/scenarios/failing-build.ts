import { order } from '../../../src/api/labels.ts';
import { annotationsOf } from '../server/live.ts';
import { allGoesWell, endsWith, type Script } from '../stand-in/script.ts';
import { addNode, addPod, allPodsRun, askingPods, someBuildIs } from './parts.ts';
import type { Scenario } from './scenario.ts';

const broken = endsWith(
  { ok: false, reason: 'BuilderFailed', retry: false, message: 'builder failed', derivation: 'web.drv', logTail: 'oh' },
  3000,
);

/** What is tagged 1.0 does not build. */
const script: Script = {
  ending: (pod, container) =>
    container === 'build' && (annotationsOf(pod)[order] ?? '').includes('refs/tags/1.0')
      ? broken
      : allGoesWell.ending(pod, container),
};

/** The build fails by the user's fault; the tag is changed in the Deployment, and the new one is built. */
export const failingBuild: Scenario = {
  name: 'failing-build',
  script: () => script,
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-old');
  },
  acts: [
    {
      when: (stage) => someBuildIs(stage, 'Failed'),
      afterMs: 5000,
      async make(stage) {
        const old = askingPods(stage);
        await addPod(stage, 'web-new', { image: 'git.example/shop/web:1.1' });
        for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
      },
    },
  ],
  isDone: (stage) => allPodsRun(stage) && someBuildIs(stage, 'Succeeded') && someBuildIs(stage, 'Failed'),
};
