import { expect, test } from 'vitest';
import type { Pod } from '../support/objects.ts';
import { importsOf } from './support/agents.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { heldAtStart } from './support/held-at-start.ts';
import { aPod } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('an image that is gone when a container starts again is loaded once more, and not built', async () => {
  const tenant = await cluster.tenant('vanished');
  const jobs = cluster.recordJobs(tenant);
  const image = tenant.image('hello', '1.0.0');
  await tenant.apply(aPod({ name: 'hello', image, flakeUrl: cluster.flake('hello') }));
  const [pod] = await tenant.ready('hello');
  const build = await tenant.succeeded(image);
  await tenant.waitFor('the Jobs are removed', async () => ((await tenant.jobs()).length === 0 ? true : undefined));

  const { imageDigest = '' } = build.status;
  await removeImage(imageDigest);
  await cluster.ctr('tasks', 'kill', '--signal=SIGKILL', containerId(pod));
  const again = await tenant.waitFor('the container runs again', async () =>
    (await tenant.pods()).find((found) => found.status.containerStatuses[0]?.restartCount === 1 && isRunning(found)),
  );
  expect(again.metadata.uid).toBe(pod?.metadata.uid);
  expect((await tenant.succeeded(image)).status).toMatchObject({ attempts: 2, imageDigest });
  expect([jobs.names('build').length, (await importsOf(cluster, build)).length]).toEqual([1, 2]);
});

test('an image is spared by the kubelet’s collection until the Pod that waits for it has started, and no longer', async () => {
  const tenant = await cluster.tenant('spared');
  const image = tenant.image('hello', '1.0.0');
  const { isListed, release } = await heldAtStart(cluster, tenant, image);
  expect(await cluster.isPinned(image)).toBe(true);
  await release();
  await tenant.ready('hello');
  await tenant.waitFor('the pin is taken off', async () => (await cluster.isPinned(image)) === false || undefined);
  const record = await cluster.ctr('images', 'list', `name==${image}`);
  expect(record).toContain('enbi.hrzn.ee/managed=true');
  expect(record).not.toContain('enbi.hrzn.ee/pinned');
  expect(await isListed()).toBe(false);
});

/** As the kubelet's garbage collection does: every name of it goes. */
async function removeImage(digest: string): Promise<void> {
  const [, ...rows] = (await cluster.ctr('images', 'list')).trim().split('\n');
  const names = rows.flatMap((row) => {
    const [name = '', , of] = row.split(/\s+/);
    return of === digest ? [name] : [];
  });
  expect(names.length).toBeGreaterThan(1);
  await cluster.ctr('images', 'remove', '--sync', ...names);
}

function containerId(pod: Pod | undefined): string {
  return (pod?.status.containerStatuses[0]?.containerID ?? '').replace('containerd://', '');
}

function isRunning(pod: Pod): boolean {
  return pod.status.containerStatuses.every(({ state }) => state.running !== undefined);
}
