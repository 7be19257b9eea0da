import { expect, test } from 'vitest';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aPod } from '../support/manifests.ts';

const cluster = await clusterUnderTest();

test('a build that fails says why, on the NixBuild and on the Pod', async () => {
  const tenant = await cluster.tenant('failing');
  const image = tenant.image('failing', '1.0.0');
  await tenant.apply(
    aPod({ name: 'failing', image, flakeUrl: cluster.flakeAt('trouble', '1.0.0'), packageName: 'failing' }),
  );
  const { status } = await tenant.failed(image);
  expect(status.failure).toMatchObject({ stage: 'Build', reason: 'BuilderFailed' });
  expect(status.failure.logTail).toContain('the reason');
  await tenant.waitFor('the Pod is told', async () =>
    (await tenant.events('Pod', 'failing')).find(
      ({ reason, message }) => reason === 'BuildFailed' && message.includes('BuilderFailed'),
    ),
  );
});
