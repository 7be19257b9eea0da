import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aDeployment, confined, oneOnEach } from '../support/manifests.ts';

const cluster = await clusterUnderTest();

beforeAll(() => cluster.kubectl(['uncordon', cluster.otherNode]));
afterAll(() => cluster.kubectl(['cordon', cluster.otherNode]));

test('replicas on two nodes both get the image, from one NixBuild', async () => {
  const tenant = await cluster.tenant('two-nodes');
  const jobs = cluster.recordJobs(tenant);
  const image = tenant.image('hello', '1.0.0');
  const pod = { topologySpreadConstraints: [oneOnEach('web')], containers: [{ name: 'web', image, ...confined }] };
  await tenant.apply(aDeployment({ name: 'web', image, flakeUrl: cluster.flake('hello'), replicas: 2, pod }));
  const pods = await tenant.ready('web', 2);

  const nodes = [cluster.node, cluster.otherNode];
  expect(pods.map(({ spec }) => spec.nodeName).toSorted()).toEqual(nodes);
  const { status } = await tenant.succeeded(image);
  expect(status.nodes?.toSorted()).toEqual(nodes);
  expect(await tenant.builds()).toHaveLength(1);
  // One after the other, each on its node.
  expect(status.attempts).toBe(2);
  expect(jobs.names('build')).toHaveLength(2);
});
