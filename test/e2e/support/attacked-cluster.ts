import { inject } from 'vitest';
import type { AttackedCluster } from '../../adversarial/session.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';

/** The cluster that boot.ts made, as attacks find it. */
export function attackedCluster({ kubeconfig, kubectlPath, enbiImage, ...cluster }: ClusterUnderTest): AttackedCluster {
  return {
    kubeconfig,
    kubectlPath,
    enbiImage,
    nodes: [cluster.node],
    flakes: inject('flakes'),
    run: inject('run'),
    onNode: (node, argv) => cluster.on(node, ...argv),
  };
}
