import { expect, test } from 'vitest';
import { aheadAnnotation } from '../../src/api/labels.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aDeployment } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('a new tag of what was built before is built before it is missed, but not where it is there', async () => {
  const tenant = await cluster.tenant('ahead');
  const [first, next, byHand] = ['1.0.0', '1.1.0', 'by-hand'].map((tag) => tenant.image('hello', tag)) as [
    string,
    string,
    string,
  ];
  const deploy = async (name: string, image: string) => {
    await tenant.apply(aDeployment({ name, image, flakeUrl: cluster.flake('hello') }));
    await tenant.ready(name, 1);
  };
  const wasAhead = async (image: string) => {
    const build = (await tenant.builds()).find(({ spec }) => spec.imageTag === image);
    return build?.metadata.annotations[aheadAnnotation];
  };

  await deploy('first', first);
  expect(await wasAhead(first)).toBeUndefined();

  await deploy('next', next);
  expect(await wasAhead(next)).toBe('true');
  expect((await tenant.succeeded(next)).status.nodes).toEqual([cluster.node]);

  // No version of the flake is called so: were it built, it would fail.
  await cluster.ctr('images', 'tag', first, byHand);
  await tenant.apply(aDeployment({ name: 'by-hand', image: byHand, flakeUrl: cluster.flake('hello') }));
  // Not `ready`, which ends when a build has failed: this one may, before the Pod runs.
  await tenant.kubectl(['rollout', 'status', 'deployment/by-hand', '--timeout=90s']);
  await tenant.waitFor('nothing of it is left', async () =>
    (await tenant.builds()).some(({ spec }) => spec.imageTag === byHand) ? undefined : true,
  );
});
