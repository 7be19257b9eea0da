import type { ExpectStatic } from 'vitest';
import { startControllers, stopControllers } from '../../support/controller.ts';
import { maxBuildsPerNode } from '../../support/install-offline.ts';
import { type NixBuild, type Pod, waitingContainers } from '../../support/objects.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';
import { aDeployment } from './manifests.ts';
import type { Tenant } from './tenant.ts';

export interface Crowd {
  /** Images that the namespace which comes first asks for, and those of the one that comes after it. */
  readonly many: number;
  readonly few: number;
  /** Pods for each image. */
  readonly replicas: number;
}

/**
 * Two namespaces ask for images at once, one for many and a moment later the other for few. At most four are built at once. All
 * is asked before enbi is there: it would build the first while the kubelet of a slow machine still comes to the last.
 */
export async function expectTurns(cluster: ClusterUnderTest, expect: ExpectStatic, crowd: Crowd): Promise<void> {
  await stopControllers(cluster.kubectl, [`${maxBuildsPerNode}=4`]);
  const big = await cluster.tenant('crowd-big');
  const small = await cluster.tenant('crowd-small');
  const builds = cluster.recordBuilds([big, small]);
  const jobs = [big, small].map((tenant) => cluster.recordJobs(tenant));
  const names = [await ask(big, crowd.many), await ask(small, crowd.few)];

  await waiting(big, crowd.many * crowd.replicas);
  await waiting(small, crowd.few * crowd.replicas);
  await startControllers(cluster.kubectl);

  // By turns, not in the order of their names.
  for (const [tenant, count] of [
    [big, crowd.many],
    [small, crowd.few],
  ] as const) {
    await tenant.waitFor('all are built', async () => allSucceeded(await tenant.builds(), count), 1500);
  }
  for (const name of names[0] ?? []) await big.ready(name, crowd.replicas);
  for (const name of names[1] ?? []) await small.ready(name, crowd.replicas);

  expect(await big.builds()).toHaveLength(crowd.many);
  expect(await small.builds()).toHaveLength(crowd.few);
  expect(jobs.map((seen) => seen.names('build').length)).toEqual([crowd.many, crowd.few]);
  // The node was full, and never more than that.
  expect(builds.most()).toEqual({ inAll: 4, onOneNode: 4 });
  const begun = builds.begun();
  const behind = begun.slice(begun.lastIndexOf(small.namespace)).filter((namespace) => namespace === big.namespace);
  expect(behind.length).toBeGreaterThanOrEqual(Math.floor(crowd.many / 3));

  async function ask(tenant: Tenant, count: number): Promise<string[]> {
    const apps = Array.from({ length: count }, (_, index) => `app-${index}`);
    const flakeUrl = cluster.flake('hello');
    await tenant.apply(
      ...apps.map((name) =>
        aDeployment({ name, image: tenant.image(name, '1.0.0'), flakeUrl, replicas: crowd.replicas }),
      ),
    );
    return apps;
  }
}

async function waiting(tenant: Tenant, count: number): Promise<void> {
  const waits = (pod: Pod) => /ErrImagePull|ImagePullBackOff/.test(waitingContainers(pod).join());
  const look = async () => ((await tenant.pods()).filter(waits).length === count ? true : undefined);
  await tenant.waitFor('all Pods wait for their images', look, 900);
}

function allSucceeded(builds: readonly NixBuild[], count: number): true | undefined {
  return builds.filter(({ status }) => status.status === 'Succeeded').length === count ? true : undefined;
}
