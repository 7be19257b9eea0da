import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import { inClusterConfig } from '../adapters/kubernetes/in-cluster.ts';

/** How a process that runs in a Pod, or outside for trying, reaches the API server. */
export interface Access {
  readonly kubeconfig: string | undefined;
  /** Where a Pod finds the API server; Kubernetes sets both in every container. */
  readonly apiServer: { readonly host: string; readonly port: string };
}

export function accessFrom(kubeconfig: string | undefined, environment: NodeJS.ProcessEnv): Access {
  return {
    kubeconfig,
    apiServer: {
      host: environment.KUBERNETES_SERVICE_HOST ?? '',
      port: environment.KUBERNETES_SERVICE_PORT ?? '443',
    },
  };
}

/** In a Pod there is none to read: a fifth of all that the controller would load is for reading YAML. */
export async function accessTo({ kubeconfig, apiServer }: Access): Promise<ClusterAccess> {
  if (kubeconfig === undefined) return await inClusterConfig(apiServer);
  const { loadKubeconfig } = await import('../adapters/kubernetes/kubeconfig.ts');
  return await loadKubeconfig(kubeconfig);
}
