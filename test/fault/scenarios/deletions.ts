import type { Stage } from '../stand-in/stand-in.ts';
import { addNode, addPod, allPodsRun, aNixBuild, buildRuns, importRuns, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** The tenant's namespace goes while a build runs in it: its store goes from the node, and then the record of that. */
export const namespaceDeleted: Scenario = {
  name: 'namespace-deleted',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0');
  },
  acts: [
    {
      when: buildRuns,
      afterMs: 1000,
      async make({ world, hands }) {
        const namespace = world.get('namespaces', world.tenant);
        if (namespace !== undefined) await hands.remove('namespaces', namespace, { graceful: true });
      },
    },
  ],
  isDone: ({ world }) =>
    world.get('namespaces', world.tenant) === undefined &&
    ['nixbuilds', 'nixstores', 'persistentvolumes', 'jobs'].every(
      (plural) => world.list(plural as 'jobs').length === 0,
    ),
};

async function deleteBuilds({ world, hands }: Stage): Promise<void> {
  for (const build of world.list('nixbuilds')) await hands.remove('nixbuilds', build, { graceful: true });
}

const nothingIsLeft = (stage: Stage) => stage.world.list('nixbuilds').length === 0 && noJobsAreLeft(stage);

export const buildDeletedInBuild: Scenario = {
  name: 'build-deleted-in-build',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await aNixBuild(stage, 'mine');
  },
  acts: [{ when: buildRuns, afterMs: 1000, make: deleteBuilds }],
  isDone: nothingIsLeft,
};

/** The agent is told in the middle of it. */
export const buildDeletedInImport: Scenario = {
  name: 'build-deleted-in-import',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await aNixBuild(stage, 'mine');
  },
  acts: [{ when: importRuns, afterMs: 500, make: deleteBuilds }],
  isDone: nothingIsLeft,
};

/** Somebody deletes the claim of a store. It goes when the build is over, and is made anew for the next. */
export const claimDeleted: Scenario = {
  name: 'claim-deleted',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await addPod(stage, 'web-0');
  },
  acts: [
    {
      when: buildRuns,
      afterMs: 1000,
      async make({ world, hands }) {
        for (const claim of world.list('persistentvolumeclaims')) {
          await hands.remove('persistentvolumeclaims', claim, { graceful: true });
        }
      },
    },
    {
      when: allPodsRun,
      afterMs: 5000,
      make: (stage) => addPod(stage, 'web-1', { image: 'git.example/shop/web:1.1' }),
    },
  ],
  isDone: (stage) => allPodsRun(stage) && noJobsAreLeft(stage),
};
