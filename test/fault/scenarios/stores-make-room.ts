import { ceilings } from '../../../src/api/ceilings.ts';
import { apiVersion, label, manager, podAnnotation } from '../../../src/api/labels.ts';
import { storeLayout } from '../../../src/api/order.ts';
import { storeName } from '../../../src/cluster-view/names.ts';
import { statusOf } from '../server/live.ts';
import type { Stage } from '../stand-in/stand-in.ts';
import { addNode, allBuildsAre, flake, image, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

const most = ceilings.storesOfNamespace.value;

/** A build with a Secret needs the last store that its namespace may have on the node; the one used longest ago goes. */
export const storesMakeRoom: Scenario = {
  name: 'stores-make-room',
  async begin(stage) {
    await addNode(stage, 'node-1');
    await stage.world.caughtUp();
    for (let at = 1; at < most; at++) await addStore(stage, at);
  },
  acts: [{ when: allStoresAreReady, afterMs: 1000, make: aBuildWithSecret }],
  isDone: (stage) =>
    allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage) && stage.world.list('nixstores').length === most - 1,
};

function allStoresAreReady({ world }: Stage): boolean {
  const stores = world.list('nixstores');
  return stores.length === most - 1 && stores.every((store) => statusOf(store).ready === 'True');
}

/** Of a repository that nobody builds any more. */
async function addStore({ world, hands }: Stage, at: number): Promise<void> {
  const [node, tenant, scope] = [`${world.name}-node-1`, world.tenant, String(at).padStart(32, '0')];
  const tenantUid = world.get('namespaces', tenant)?.metadata.uid;
  const name = storeName(node, tenant, scope);
  await hands.create('nixstores', {
    apiVersion,
    kind: 'NixStore',
    metadata: { name, labels: { [label.managedBy]: manager, [label.tenant]: tenant } },
    spec: { node, tenant, tenantUid, scope },
  });
  await world.caughtUp();
  const store = world.get('nixstores', name);
  if (store === undefined) throw new Error(`the world has no store ${name}`);
  const lastUsed = `2026-01-${String(at).padStart(2, '0')}T00:00:00Z`;
  await hands.patchStatus('nixstores', store, { prepared: true, layout: storeLayout, lastUsed });
}

async function aBuildWithSecret({ world, hands }: Stage): Promise<void> {
  const annotations = { [podAnnotation.secretName]: 'creds' };
  await hands.create('nixbuilds', {
    apiVersion,
    kind: 'NixBuild',
    metadata: { name: 'mine', namespace: world.tenant, annotations },
    spec: {
      flakeUrl: flake.replace('{tag}', '1.0'),
      packageName: 'default',
      system: 'x86_64-linux',
      imageTag: image,
    },
  });
}
