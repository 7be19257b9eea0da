import { expect, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aNixBuild, aPod } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('a build that fails says why, keeps what can be looked at, and hurts nobody else', async () => {
  const tenant = await cluster.tenant('broken');
  const [bad, good] = [tenant.image('broken', '1.0.0'), tenant.image('hello', '1.0.0')];
  await tenant.apply(
    aPod({ name: 'bad', image: bad, flakeUrl: cluster.flake('broken') }),
    aPod({ name: 'good', image: good, flakeUrl: cluster.flake('hello') }),
  );
  const build = await tenant.failed(bad);
  const { status } = build;
  expect(status.failure).toMatchObject({ stage: 'Build', reason: 'BuilderFailed' });
  expect(status.failure.derivation).toContain('broken-1.0.0');
  expect(status.failure.logTail).toContain('fatal error: missing.h: No such file or directory');
  expect(status.failure.reproduce).toMatch(/^nix build .*rev=[0-9a-f]{40}.*#packages\.x86_64-linux\.default'$/);

  // As kstatus reads it: failed for good.
  const conditions = Object.fromEntries((status.conditions ?? []).map(({ type, status }) => [type, status]));
  expect(conditions).toMatchObject({ Ready: 'False', Stalled: 'True' });
  expect(conditions).not.toHaveProperty('Reconciling');

  await tenant.waitFor('the Pod is told', async () =>
    (await tenant.events('Pod', 'bad')).find(
      ({ reason, message }) => reason === 'BuildFailed' && message.includes('BuilderFailed'),
    ),
  );
  await tenant.ready('good');

  // The Job's own controller may be a moment behind.
  const jobs = await tenant.waitFor('the Job has failed', async () => {
    const found = await tenant.jobs();
    return found.some((job) => job.status.failed === 1) ? found : undefined;
  });
  expect(jobs).toMatchObject([{ metadata: { name: status.buildJobName } }]);
  const kept = (await tenant.pods()).filter(({ status }) => status.phase === 'Failed');
  expect(kept).toHaveLength(1);
  const log = await tenant.kubectl(['logs', kept[0]?.metadata.name ?? '', '--container=build']);
  expect(log).toContain('compiling 3 of 3: main.c');
});

test.each([
  ['a result that is no image', 'hello', '1.0.0', 'not-an-image', 'Import', 'NotAnImage'],
  ['a package that is not there', 'hello', '1.0.0', 'hallo', 'Build', 'AttributeNotFound'],
  ['a version that is not there', 'hello', '9.9.9', 'default', 'Fetch', 'FlakeNotFound'],
])('%s is refused by name', async (_, repository, tag, packageName, stage, reason) => {
  const tenant = await cluster.tenant(`refused-${reason.toLowerCase()}`);
  const imageTag = tenant.image(repository, tag);
  await tenant.apply(aNixBuild({ name: 'refused', flakeUrl: cluster.flakeAt(repository, tag), packageName, imageTag }));
  const { status } = await tenant.failed(imageTag);
  expect(status.failure).toMatchObject({ stage, reason });
  expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True', reason }));
});
