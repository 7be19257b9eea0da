import { expect, test } from 'vitest';
import { reportLine } from '../../src/api/report.ts';
import { BuildSuccess } from '../../src/api/result.ts';
import { isRunning, podOf } from '../support/objects.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { heldInBuild, holdable } from './support/held.ts';
import { aPod } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('what a build reports in its log counts while its container runs, for this build and attempt alone', async () => {
  const tenant = await cluster.tenant('reported', holdable);
  const [done, image] = [tenant.image('done', '1.0.0'), tenant.image('held', '1.0.0')];
  await tenant.apply(aPod({ name: 'done', image: done, flakeUrl: cluster.flake('hello') }));
  const { status } = await tenant.succeeded(done);
  await tenant.apply(aPod({ name: 'held', image, flakeUrl: cluster.flake('trouble'), packageName: 'held.reported' }));
  const { build, job } = await heldInBuild(tenant, image);

  const counts = { derivationsBuilt: 1, pathsCopied: 0, bytesCopied: 0, storeSizeBytes: 1, storeFreeBytes: 1 };
  const { drvPath, outPath } = status;
  const result = JSON.stringify(BuildSuccess.parse({ ok: true, drvPath, outPath, format: 'archive', ...counts }));
  const say = (line: string) =>
    tenant.kubectl([
      'exec',
      `job/${job}`,
      '--container=build',
      '--',
      'busybox',
      'sh',
      '-c',
      'echo "$0" >/proc/1/fd/1',
      line,
    ]);
  const order = (attempt: number) => `${build.metadata.uid}-${attempt}`;
  await say(reportLine({ step: 'build', order: order(2) }, result));
  await say(reportLine({ step: 'fetch', order: order(1) }, result));
  const told = await tenant.waitFor('what comes after that is heard', async () => {
    // Again and again: the build itself tells its progress as well.
    await say('[enbi] progress: what it says last');
    const found = (await tenant.builds()).find(({ metadata }) => metadata.uid === build.metadata.uid);
    return found?.status.progress === 'what it says last' ? found : undefined;
  });
  expect(told.status.status).toBe('Building');

  const before = podOf(job, await tenant.pods());
  expect(before?.status.containerStatuses.some(isRunning)).toBe(true);
  await say(reportLine({ step: 'build', order: order(1) }, result));
  const succeeded = await tenant.succeeded(image);
  expect(succeeded.status).toMatchObject({ outPath, attempts: 1 });
  await tenant.ready('held');
  await tenant.waitFor('the Job that never ended is removed', async () =>
    (await tenant.jobs()).length === 0 ? true : undefined,
  );
});
