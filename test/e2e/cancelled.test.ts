import { expect, test } from 'vitest';
import { cancelAnnotation, retryAnnotation } from '../../src/api/labels.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { heldInBuild, holdable } from './support/held.ts';
import { aPod } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('a build that is cancelled ends at once, and goes on when it is asked to', async () => {
  const tenant = await cluster.tenant('cancelled', holdable);
  const image = tenant.image('cancelled', '1.0.0');
  const flake = { flakeUrl: cluster.flake('trouble'), packageName: 'held.cancelled' };
  await tenant.apply(aPod({ name: 'waits', image, ...flake }));
  const { build } = await heldInBuild(tenant, image);
  const annotate = (annotation: string) =>
    tenant.kubectl(['annotate', '--overwrite', 'nixbuild', build.metadata.name, `${annotation}=now`]);

  await annotate(cancelAnnotation);
  const cancelled = await tenant.waitFor('it is cancelled', async () =>
    (await tenant.builds()).find(({ status }) => status.status === 'Cancelled'),
  );
  const conditions = Object.fromEntries((cancelled.status.conditions ?? []).map(({ type, status }) => [type, status]));
  expect(conditions).toEqual({ Ready: 'False', Stalled: 'True', Complete: 'True', Success: 'False' });
  await tenant.waitFor('its Job and Pod are gone', async () => {
    const pods = (await tenant.pods()).map(({ metadata }) => metadata.name);
    return (await tenant.jobs()).length === 0 && pods.join() === 'waits' ? true : undefined;
  });
  const told = await tenant.waitFor('the Pod is told', async () =>
    (await tenant.events('Pod', 'waits')).find(({ reason }) => reason === 'Cancelled'),
  );
  expect(told).toMatchObject({ type: 'Warning', message: expect.stringContaining(retryAnnotation) });

  await annotate(retryAnnotation);
  const again = await heldInBuild(tenant, image, 2);
  await again.release();
  await tenant.ready('waits');
  expect((await tenant.succeeded(image)).status).toMatchObject({ attempts: 2, cancelAnswered: 'now' });
});
