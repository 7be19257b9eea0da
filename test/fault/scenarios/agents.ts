import { controllerOf } from '../server/live.ts';
import { isOfAgent } from '../stand-in/agents.ts';
import { allGoesWell, endsWith, type Script } from '../stand-in/script.ts';
import type { Stage } from '../stand-in/stand-in.ts';
import {
  addNode,
  addPod,
  allBuildsAre,
  allPodsRun,
  askingPods,
  importRuns,
  noJobsAreLeft,
  readyCondition,
  theNode,
} from './parts.ts';
import type { Scenario } from './scenario.ts';

async function begin(stage: Stage): Promise<void> {
  await addNode(stage, 'node-1');
  await addPod(stage, 'web-0');
}

const isDone = (stage: Stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage);

const onlyAgentsAreLeft = ({ world }: Stage) => world.list('jobs').every(isOfAgent);

/** One agent loads the images of all of them, as they come. */
export const severalImages: Scenario = {
  name: 'several-images',
  async begin(stage) {
    await addNode(stage, 'node-1');
    for (const tag of ['1.0', '1.1', '1.2']) {
      await addPod(stage, `web-${tag.replace('.', '-')}`, { image: `git.example/shop/web:${tag}` });
    }
  },
  isDone: (stage) => isDone(stage) && stage.world.list('nixbuilds').length === 3,
};

/** The agent is there when the next build comes, and afterwards. */
export const agentStays: Scenario = {
  name: 'agent-stays',
  agentIdle: 'always',
  begin,
  acts: [
    {
      when: (stage) => allPodsRun(stage) && onlyAgentsAreLeft(stage),
      afterMs: 10_000,
      async make(stage) {
        const old = askingPods(stage);
        await addPod(stage, 'web-1', { image: 'git.example/shop/web:1.1' });
        for (const pod of old) await stage.hands.remove('pods', pod, { graceful: true });
      },
    },
  ],
  isDone: (stage) =>
    allPodsRun(stage) &&
    allBuildsAre(stage, 'Succeeded') &&
    stage.world.list('nixbuilds').length === 2 &&
    onlyAgentsAreLeft(stage),
};

/** It ends as soon as its list is empty. */
export const agentGoesAtOnce: Scenario = { name: 'agent-goes-at-once', agentIdle: 0, begin, isDone };

/** What an agent did is known from how it ended. */
export const logsForbidden: Scenario = {
  name: 'logs-forbidden',
  forbidsLogs: true,
  async begin(stage) {
    await begin(stage);
    await addPod(stage, 'web-1', { image: 'git.example/shop/web:1.1' });
  },
  isDone,
};

const broken = endsWith({ ok: false, reason: 'ContainerdUnavailable', retry: true, message: 'no answer' }, 1000);

/** The import of the first build fails by nobody's fault, whoever does it. */
const failsOnce: (stage: () => Stage) => Script = (stage) => ({
  ending: (pod, container) => {
    const isFirst = container === 'import' && stage().runs.all.length === 1;
    return isFirst ? broken : allGoesWell.ending(pod, container);
  },
});

export const importFails: Scenario = { name: 'import-fails', script: failsOnce, begin, isDone };

function agentPods({ world }: Stage) {
  return world.list('pods').filter((pod) => isOfAgent(pod) && controllerOf(pod) !== undefined);
}

/** The machine kills it in the middle of an import. */
export const agentKilled: Scenario = {
  name: 'agent-killed',
  begin,
  acts: [
    {
      when: importRuns,
      afterMs: 500,
      make: async (stage) => agentPods(stage).forEach((pod) => stage.agents.kill(pod)),
    },
  ],
  isDone,
};

/** Somebody deletes its Job. */
export const agentDeleted: Scenario = {
  name: 'agent-deleted',
  begin,
  acts: [
    {
      when: importRuns,
      afterMs: 500,
      async make({ world, hands }) {
        for (const job of world.list('jobs').filter(isOfAgent)) await hands.remove('jobs', job, { graceful: true });
      },
    },
  ],
  isDone,
};

/** Another enbi takes over while the agent of the one before loads an image. */
export const upgradedInImport: Scenario = {
  name: 'upgraded-in-import',
  begin,
  acts: [{ when: importRuns, afterMs: 500, make: async ({ install }) => install('enbi.hrzn.ee/enbi:0.2.0') }],
  isDone,
};

/** The node leaves the cluster; the Deployment's Pod is made anew on another. */
export const nodeDeletedInImport: Scenario = {
  name: 'node-deleted-in-import',
  async begin(stage) {
    await begin(stage);
    await addNode(stage, 'node-2');
  },
  acts: [
    {
      when: importRuns,
      afterMs: 500,
      async make(stage) {
        for (const pod of agentPods(stage)) stage.agents.kill(pod);
        await stage.hands.remove('nodes', theNode(stage.world, 'node-1'));
        await addPod(stage, 'web-1', { node: 'node-2' });
      },
    },
  ],
  isDone,
};

/** Its kubelet is silent for half a minute; what runs there goes on. */
export const nodeSilentInImport: Scenario = {
  name: 'node-silent-in-import',
  begin,
  acts: [
    { when: importRuns, afterMs: 500, make: turnReady('Unknown') },
    { when: () => true, afterMs: 30_000, make: turnReady('True') },
  ],
  isDone,
};

function turnReady(status: 'True' | 'Unknown'): (stage: Stage) => Promise<void> {
  return async ({ hands, world }) => {
    const conditions = [readyCondition(status, world.clock.now())];
    await hands.patchStatus('nodes', theNode(world, 'node-1'), { conditions });
  };
}
