import type { Job, NixBuild, Pod } from '../../support/objects.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';
import type { Tenant } from './tenant.ts';

/** No Job of this build, nor a Pod of one, in either namespace. */
export async function nothingIsLeft(
  cluster: ClusterUnderTest,
  tenant: Tenant,
  { metadata, status }: NixBuild,
): Promise<void> {
  const isOf = ({ metadata: { labels } }: Job | Pod) => labels['enbi.hrzn.ee/build-uid'] === metadata.uid;
  await tenant.waitFor(`nothing is left of ${metadata.name}`, async () => {
    const { lists } = cluster;
    const there = [tenant.namespace, 'enbi'].flatMap((namespace) => [lists.jobs(namespace), lists.pods(namespace)]);
    const found = (await Promise.all<(Job | Pod)[]>(there)).flat().filter(isOf);
    if (found.length === 0) return true;
    throw new Error(`${status.buildJobName}: ${found.map((one) => one.metadata.name).join(', ')}`);
  });
}
