import type { Cluster } from '../../../cluster/cluster.ts';
import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import type { KubeClient, ResourceType } from '../../../src/runtime/kube-client.ts';
import type { Sighting } from './sightings.ts';

/** Watches Pods, Jobs and NixBuilds. All times are this machine's, in milliseconds. */
export interface Observer extends AsyncDisposable {
  /** What has been seen so far, in order. */
  readonly sightings: readonly Sighting[];
}

export async function observeCluster(cluster: Cluster): Promise<Observer> {
  const client = createKubeClient(await loadKubeconfig(cluster.kubeconfig), { userAgent: 'enbi-bench' });
  const stop = new AbortController();
  const sightings: Sighting[] = [];
  const watches = [resource.pods, resource.jobs, resource.builds].map((type) =>
    follow(client, type, stop.signal, (object) => sightings.push({ kind: type.kind, object, at: Date.now() })),
  );
  return {
    sightings,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(watches);
      client[Symbol.dispose]();
    },
  };
}

/** A watch that ends early would lose what a run is measured by, so it is not taken up again: the run then waits in vain. */
async function follow(
  client: KubeClient,
  type: ResourceType,
  signal: AbortSignal,
  see: (object: unknown) => void,
): Promise<void> {
  const { resourceVersion } = await client.list(type, { limit: 1 });
  for await (const event of client.watch(type, { resourceVersion, timeoutSeconds: 3600 }, signal)) {
    if (event.type === 'ADDED' || event.type === 'MODIFIED') see(event.object);
  }
}
