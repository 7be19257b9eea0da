import { expect, test } from 'vitest';
import { retryAnnotation } from '../../src/api/labels.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { heldInBuild, holdable } from './support/held.ts';
import { aNixBuild } from './support/manifests.ts';
import { movingBranch } from './support/moving-branch.ts';

const cluster = await clusterUnderTest();

test('a branch is resolved once for a NixBuild, whatever becomes of its Jobs', async () => {
  const tenant = await cluster.tenant('locked-once', holdable);
  const branch = movingBranch(cluster.kubectl, 'trouble', 'once');
  const aBuildOf = (name: string, packageName: string) =>
    aNixBuild({ name, packageName, flakeUrl: branch.url, imageTag: tenant.image(name, '1') });
  const before = await branch.to('1.0.0');
  await tenant.apply(aBuildOf('held', 'held.locked-once'), aBuildOf('failing', 'failing'));
  const held = await heldInBuild(tenant, tenant.image('held', '1'));
  const { status: failed } = await tenant.failed(tenant.image('failing', '1'));
  expect([held.build.status.lockedUrl, failed.lockedUrl]).toEqual([
    `${branch.url}&rev=${before}`,
    `${branch.url}&rev=${before}`,
  ]);

  const after = await branch.commit();
  await tenant.kubectl(['delete', 'job', held.job]);
  await tenant.kubectl(['annotate', 'nb', 'failing', `${retryAnnotation}=1`]);
  await tenant.apply(aBuildOf('later', 'foreign'));

  // Asked for by a user: what is mended is on the branch by now. Another NixBuild: the same.
  const { status: retried } = await tenant.waitFor('the build has failed again', async () =>
    (await tenant.builds()).find(
      ({ metadata, status }) => metadata.name === 'failing' && status.attempts === 2 && status.status === 'Failed',
    ),
  );
  const { status: later } = await tenant.failed(tenant.image('later', '1'));
  expect([retried.lockedUrl, later.lockedUrl]).toEqual([`${branch.url}&rev=${after}`, `${branch.url}&rev=${after}`]);

  // Tried again by the controller itself: the same version.
  await (await heldInBuild(tenant, tenant.image('held', '1'), 2)).release();
  const { status: built } = await tenant.succeeded(tenant.image('held', '1'));
  expect(built).toMatchObject({ attempts: 2, lockedUrl: `${branch.url}&rev=${before}` });
});
