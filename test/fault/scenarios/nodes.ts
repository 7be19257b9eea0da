import type { Stage } from '../stand-in/stand-in.ts';
import {
  addNode,
  addPod,
  allBuildsAre,
  allPodsRun,
  buildRuns,
  noJobsAreLeft,
  readyCondition,
  theNode,
} from './parts.ts';
import type { Scenario } from './scenario.ts';

async function begin(stage: Stage): Promise<void> {
  await addNode(stage, 'node-1');
  await addNode(stage, 'node-2');
  await addPod(stage, 'web-0');
}

const isDone = (stage: Stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage);

/** The node that builds leaves the cluster; the Deployment's Pod is made anew on another. */
export const nodeDeleted: Scenario = {
  name: 'node-deleted',
  begin,
  acts: [
    {
      when: buildRuns,
      afterMs: 1000,
      async make(stage) {
        await stage.hands.remove('nodes', theNode(stage.world, 'node-1'));
        await addPod(stage, 'web-1', { node: 'node-2' });
      },
    },
  ],
  isDone,
};

/** What runs there goes on. */
export const nodeCordoned: Scenario = {
  name: 'node-cordoned',
  begin,
  acts: [
    {
      when: buildRuns,
      afterMs: 1000,
      make: ({ hands, world }) => hands.patch('nodes', theNode(world, 'node-1'), { spec: { unschedulable: true } }),
    },
    {
      when: isDone,
      afterMs: 2000,
      make: (stage) => addPod(stage, 'web-1', { node: 'node-2', image: 'git.example/shop/web:1.1' }),
    },
  ],
  isDone,
};

function turnReady(status: 'True' | 'Unknown'): (stage: Stage) => Promise<void> {
  return async ({ hands, world }) => {
    const conditions = [readyCondition(status, world.clock.now())];
    const node = theNode(world, 'node-1');
    await hands.patchStatus('nodes', node, { conditions });
  };
}

/** The kubelet is silent for half a minute. */
export const nodeNotReady: Scenario = {
  name: 'node-not-ready',
  begin,
  acts: [
    { when: buildRuns, afterMs: 1000, make: turnReady('Unknown') },
    { when: () => true, afterMs: 30_000, make: turnReady('True') },
  ],
  isDone,
};

async function loseNode(stage: Stage): Promise<void> {
  stage.runs.lose(theNode(stage.world, 'node-1').metadata.name, stage.world.clock.ms);
  await turnReady('Unknown')(stage);
}

/** It is silent for so long that another attempt is begun; then it is back, and what it ran as well. */
export const nodeLost: Scenario = {
  name: 'node-lost',
  begin,
  acts: [
    { when: buildRuns, afterMs: 1000, make: loseNode },
    { when: () => true, afterMs: 200_000, make: turnReady('True') },
  ],
  isDone,
};
