import { claimName, storeName } from '../../../src/cluster-view/names.ts';
import type { Stage } from '../stand-in/stand-in.ts';
import { addNode, addPod, allBuildsAre, allPodsRun, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/**
 * Somebody else has made objects of the names that enbi gives its own. They are left alone; when their owner takes them away
 * it goes on by itself.
 */
export const namesTaken: Scenario = {
  name: 'names-taken',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await takeNames(stage);
    await addPod(stage, 'web-0');
  },
  acts: [
    { when: claimIsInTheWay, afterMs: 100_000, make: giveUp('persistentvolumeclaims') },
    { when: () => true, afterMs: 400_000, make: giveUp('persistentvolumes') },
  ],
  isDone: (stage) => allPodsRun(stage) && allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};

async function takeNames({ world, hands }: Stage): Promise<void> {
  const name = storeName(`${world.name}-node-1`, world.tenant);
  await hands.create('persistentvolumeclaims', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claimName(name), namespace: world.tenant },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'theirs', resources: { requests: { storage: '1Gi' } } },
  });
  await hands.create('persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/theirs' } },
  });
}

function claimIsInTheWay({ world }: Stage): boolean {
  return world.list('nixstores').length > 0;
}

function giveUp(plural: 'persistentvolumeclaims' | 'persistentvolumes'): (stage: Stage) => Promise<void> {
  return async ({ world, hands }) => {
    const theirs = world.list(plural).filter(({ metadata }) => metadata.labels === undefined);
    for (const live of theirs) await hands.remove(plural, live, { graceful: true });
  };
}
