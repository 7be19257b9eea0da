import type { Cluster } from './cluster.ts';

/** What a shell needs to work with a cluster, to be copied as it stands, and where its Pods find this machine. */
export function howToUse({ kubeconfig, kubectlPath, hostAddress }: HowToUse): string[] {
  return [
    `export KUBECONFIG=${kubeconfig}`,
    `alias kubectl=${kubectlPath}`,
    `# Pods reach this machine at ${hostAddress}, and nothing beyond it: there is no internet in this cluster`,
  ];
}

type HowToUse = Pick<Cluster, 'kubeconfig' | 'kubectlPath' | 'hostAddress'>;
