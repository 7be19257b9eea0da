import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import { inClusterConfig } from '../adapters/kubernetes/in-cluster.ts';
import { loadKubeconfig } from '../adapters/kubernetes/kubeconfig.ts';

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

export function accessTo({ kubeconfig, apiServer }: Access): Promise<ClusterAccess> {
  return kubeconfig === undefined ? inClusterConfig(apiServer) : loadKubeconfig(kubeconfig);
}
