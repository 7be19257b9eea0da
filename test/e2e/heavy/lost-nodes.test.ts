import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { heldInBuild, holdable } from '../support/held.ts';
import { aNixBuild } from '../support/manifests.ts';
import type { Tenant } from '../support/tenant.ts';

const cluster = await clusterUnderTest();
const { kubectl, node, otherNode } = cluster;

// Builds go to the node that will be lost.
beforeEach(async () => {
  await kubectl(['uncordon', otherNode]);
  await kubectl(['cordon', node]);
});
afterEach(async () => {
  await kubectl(['uncordon', node]);
  await cluster.start(otherNode);
  await kubectl(['cordon', otherNode]);
});

async function heldOnOtherNode(tenant: Tenant, name: string) {
  const imageTag = tenant.image(name, '1.0.0');
  const flakeUrl = cluster.flakeAt('trouble', '1.0.0');
  await tenant.apply(aNixBuild({ name, flakeUrl, packageName: `held.${name}`, imageTag }));
  const held = await heldInBuild(tenant, imageTag);
  expect(held.build.status.buildNode).toBe(otherNode);
  return imageTag;
}

async function lost(tenant: Tenant) {
  return await tenant.waitFor('the loss is noticed', async () =>
    (await tenant.builds()).find(({ status }) => status.nextAttemptTime !== undefined),
  );
}

test('a node that is killed in mid-build and comes back builds again', async () => {
  const tenant = await cluster.tenant('killed', holdable);
  const image = await heldOnOtherNode(tenant, 'node-killed');
  await cluster.kill(otherNode);
  await cluster.start(otherNode);
  const { status } = await lost(tenant);
  expect(status).toMatchObject({ status: 'Pending', attempts: 1 });
  expect(['PodLost', 'NodeLost']).toContain(status.failure?.reason);
  await (await heldInBuild(tenant, image, 2)).release();
  expect((await tenant.succeeded(image)).status).toMatchObject({ attempts: 2, buildNode: otherNode });
});

test('a node that is gone for good is not waited for', async () => {
  const tenant = await cluster.tenant('gone', holdable);
  const image = await heldOnOtherNode(tenant, 'node-gone');
  await cluster.kill(otherNode);
  await kubectl(['delete', 'node', otherNode]);
  await kubectl(['uncordon', node]);
  const { status } = await lost(tenant);
  expect(status.failure).toMatchObject({ reason: 'NodeLost', message: expect.stringContaining('left the cluster') });
  await (await heldInBuild(tenant, image, 2)).release();
  expect((await tenant.succeeded(image)).status).toMatchObject({ attempts: 2, buildNode: node, nodes: [node] });
});

test('a node that does not answer any more is not waited for either', async () => {
  const tenant = await cluster.tenant('silent', holdable);
  const image = await heldOnOtherNode(tenant, 'node-lost');
  await cluster.kill(otherNode);
  await kubectl(['uncordon', node]);
  const { status } = await lost(tenant);
  expect(status.failure).toMatchObject({ reason: 'NodeLost', message: expect.stringContaining('is not ready') });
  await (await heldInBuild(tenant, image, 2)).release();
  expect((await tenant.succeeded(image)).status).toMatchObject({ attempts: 2, buildNode: node, nodes: [node] });
});
