import { expect, inject, test } from 'vitest';
import { layouts } from '../../../cluster/node/layout.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aNixBuild } from '../support/manifests.ts';
import { rows } from './rows.ts';

const row = rows[inject('row')];
const cluster = await clusterUnderTest();

test('the node is what the row says', async () => {
  const info = (field: string) =>
    cluster.kubectl(['get', 'node', cluster.node, `--output=jsonpath={.status.nodeInfo.${field}}`]);
  expect(await info('kubeletVersion')).toContain(row.kubeletVersion);
  expect(await info('containerRuntimeVersion')).toContain(`containerd://${row.containerdVersion}`);
  const sockets = await cluster.onNode('find', '/run/', '/var/', '-xdev', '-name', 'containerd.sock', '-type', 's');
  expect(sockets.trim().split('\n')).toEqual([layouts[row.flavour.layout].socket]);
});

test('a build is kept apart as well as the node can', async () => {
  const tenant = await cluster.tenant('isolation');
  const imageTag = tenant.image('surroundings', '1.0.0');
  await tenant.apply(aNixBuild({ name: 'page', flakeUrl: cluster.flakeAt('surroundings', '1.0.0'), imageTag }));
  expect((await tenant.succeeded(imageTag)).status.isolation).toBe(row.isolation);
});
