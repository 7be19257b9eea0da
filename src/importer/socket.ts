import { stat } from 'node:fs/promises';
import { asError, TransientError } from '../errors.ts';
import type { NodeImages } from './ports.ts';

/**
 * Where distributions put containerd's socket. The default place comes last: a node of k3s, RKE2, k0s or MicroK8s may have
 * Docker's containerd there as well, which no kubelet uses.
 */
export const knownSockets = [
  '/run/k3s/containerd/containerd.sock',
  '/run/k0s/containerd.sock',
  '/var/snap/microk8s/common/run/containerd.sock',
  '/run/containerd/containerd.sock',
] as const;

type Connect = (socket: string) => NodeImages;

/**
 * The first of the places where a runtime answers on the kubelet's side (CRI). Throws TransientError `SocketNotFound` that
 * says what was found at each.
 */
export async function connectToRuntime(places: readonly string[], connect: Connect): Promise<NodeImages> {
  const findings: string[] = [];
  for (const place of places) {
    if (!(await isSocket(place))) {
      findings.push(`${place}: no socket`);
      continue;
    }
    const images = connect(place);
    try {
      await images.kubeletImage('localhost/enbi/is-anyone-there:1');
      return images;
    } catch (thrown) {
      images.close();
      findings.push(`${place}: ${asError(thrown).message.slice(0, 200)}`);
    }
  }
  throw new TransientError('SocketNotFound', `no container runtime answers on this node; tried ${findings.join('; ')}`);
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isSocket();
  } catch {
    return false;
  }
}
