import type { NixBuild } from '../../support/objects.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';
import type { Tenant } from './tenant.ts';

/** No Job of this build, nor a Pod of one, in either namespace. */
export async function nothingIsLeft(
  cluster: ClusterUnderTest,
  tenant: Tenant,
  { metadata, status }: NixBuild,
): Promise<void> {
  const owner = `enbi.hrzn.ee/build-uid=${metadata.uid}`;
  await tenant.waitFor(`nothing is left of ${metadata.name}`, async () => {
    const found = await cluster.kubectl(['get', 'jobs,pods', '--all-namespaces', `--selector=${owner}`, '-o', 'name']);
    if (found === '') return true;
    throw new Error(`${status.buildJobName}: ${found}`);
  });
}
