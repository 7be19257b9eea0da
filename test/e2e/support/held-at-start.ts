import { isListed } from './agents.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';
import { aPod, confined } from './manifests.ts';
import type { Tenant } from './tenant.ts';

export interface HeldAtStart {
  /** Whether the node's agent is to keep the pin of the image. */
  readonly isListed: () => Promise<boolean>;
  /** Lets the other container start. */
  readonly release: () => Promise<void>;
}

/** A Pod `hello` of two containers of one image, of which the second is kept from starting by the first. Returns when the pin is held. */
export async function heldAtStart(cluster: ClusterUnderTest, tenant: Tenant, image: string): Promise<HeldAtStart> {
  const volumeMounts = [{ name: 'go', mountPath: '/go' }];
  const command = ['/bin/sh', '-c', 'until [ -e /go/on ]; do sleep 1; done'];
  const pod = {
    initContainers: [{ name: 'first', image, command, volumeMounts, ...confined }],
    volumes: [{ name: 'go', emptyDir: {} }],
  };
  await tenant.apply(aPod({ name: 'hello', image, flakeUrl: cluster.flake('hello'), pod }));
  await tenant.waitFor('the first container runs', async () =>
    (await tenant.pods()).find(({ status }) => status.initContainerStatuses[0]?.state.running !== undefined),
  );
  const build = await tenant.succeeded(image);
  const isKept = () => isListed(cluster, build, '-pin');
  await tenant.waitFor('the agent is to keep the pin', async () => (await isKept()) || undefined);
  const touch = ['exec', 'hello', '--container=first', '--', '/bin/busybox', 'touch', '/go/on'];
  // The kubelet lets nobody into a container that it has only just started: for a moment it does not find it.
  const release = async () =>
    void (await tenant.waitFor('the first container may end', async () => [await tenant.kubectl(touch)]));
  return { isListed: isKept, release };
}
