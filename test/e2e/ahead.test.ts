import { expect, test } from 'vitest';
import { aheadAnnotation } from '../../src/api/labels.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aDeployment, confined } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('a new tag of what was built before is built before it is missed, but not loaded where it is there', async () => {
  const tenant = await cluster.tenant('ahead');
  const flakeUrl = cluster.flake('hello');
  const buildOf = async (image: string) => (await tenant.builds()).find(({ spec }) => spec.imageTag === image);
  /** The kubelet looks for no image before it has the ConfigMap of the Deployment's name. */
  const heldUp = (name: string, image: string) => {
    const volumeMounts = [{ name: 'held', mountPath: '/held' }];
    const volumes = [{ name: 'held', configMap: { name } }];
    const pod = { volumes, containers: [{ name: 'web', image, volumeMounts, ...confined }] };
    return tenant.apply(aDeployment({ name, image, flakeUrl, pod }));
  };
  const letGo = (name: string) => tenant.kubectl(['create', 'configmap', name]);
  const isMadeAhead = (image: string) =>
    tenant.waitFor(
      `${image} is built ahead`,
      async () => (await buildOf(image))?.metadata.annotations[aheadAnnotation],
    );

  const first = tenant.image('hello', '1.0.0');
  await tenant.apply(aDeployment({ name: 'first', image: first, flakeUrl }));
  await tenant.ready('first', 1);
  expect((await buildOf(first))?.metadata.annotations[aheadAnnotation]).toBeUndefined();

  const next = tenant.image('hello', '1.1.0');
  await heldUp('next', next);
  await isMadeAhead(next);
  await letGo('next');
  await tenant.ready('next', 1);
  expect((await tenant.succeeded(next)).status.nodes).toEqual([cluster.node]);

  // No version of the flake is called so: its build fails, whenever that is.
  const byHand = tenant.image('hello', 'by-hand');
  await cluster.ctr('images', 'tag', first, byHand);
  await heldUp('by-hand', byHand);
  await isMadeAhead(byHand);
  await letGo('by-hand');
  await tenant.kubectl(['rollout', 'status', 'deployment/by-hand', '--timeout=150s']);
  await tenant.waitFor('nothing of it is left', async () => ((await buildOf(byHand)) === undefined ? true : undefined));
});
