import { expect, test } from 'vitest';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aNixBuild } from '../support/manifests.ts';

const cluster = await clusterUnderTest();

// Minutes long, since a quota may have room again soon.
test('a namespace whose quota lets no Pod in says so, and builds when it does', async () => {
  const tenant = await cluster.tenant('quota', { annotations: { 'enbi.hrzn.ee/isolation': 'Unprivileged' } });
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } };
  await tenant.apply(quota);
  await tenant.waitFor('the quota is in force', async () =>
    (await tenant.kubectl(['get', 'resourcequota', 'none', '--output=jsonpath={.status.hard.pods}'])) === '0'
      ? true
      : undefined,
  );
  const image = tenant.image('hello', '1.0.0');
  await tenant.apply(aNixBuild({ name: 'hello', flakeUrl: cluster.flakeAt('hello', '1.0.0'), imageTag: image }));
  const refused = await tenant.waitFor('the refusal is noticed', async () =>
    (await tenant.builds()).find(({ status }) => status.failure?.reason === 'PodRefused'),
  );
  expect(refused.status).toMatchObject({ status: 'Pending', attempts: 1 });
  const [, command = ''] = /`kubectl (.*)`/.exec(refused.status.failure?.message ?? '') ?? [];
  expect(await cluster.kubectl(command.split(' '))).toContain('exceeded quota: none');

  await tenant.kubectl(['delete', 'resourcequota', 'none']);
  expect((await tenant.succeeded(image)).status).toMatchObject({ attempts: 2 });
});
