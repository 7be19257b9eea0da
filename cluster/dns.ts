import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addresses } from './addresses.ts';
import { type ControlPlane, startInHub } from './control-plane.ts';

/**
 * Starts the cluster's name service. It runs beside the control plane, not in a Pod, so it needs no image and no node; Pods
 * are told its address by their kubelet.
 */
export async function startDns(plane: ControlPlane): Promise<void> {
  const file = join(plane.folder.root, 'Corefile');
  await writeFile(file, corefile(plane.addresses, plane.folder.kubeconfig));
  await startInHub(plane, 'coredns', [join(plane.bin, 'coredns'), '-conf', file]);
}

/** Names outside the cluster are refused at once: nothing of the host is forwarded, so nobody could be asked about them. */
export function corefile(addresses: Addresses, kubeconfig: string): string {
  return `cluster.local in-addr.arpa {
  bind ${addresses.gateway}
  errors
  kubernetes {
    kubeconfig ${kubeconfig}
  }
  cache 10
  loadbalance
}
`;
}
