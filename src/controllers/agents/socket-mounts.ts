import { dirname } from 'node:path/posix';
import type { NodeView } from '../../cluster-view/node.ts';

/** Under which an agent sees the host's directories. */
const hostPrefix = '/host';

interface SocketMounts {
  readonly volumes: readonly object[];
  readonly mounts: readonly object[];
}

/**
 * The directories of the node in which containerd's socket may lie: /run is on every Linux and holds the places of kubeadm,
 * kind, k3s, RKE2 and k0s; MicroK8s, known by its node label, has its own. Directories, not sockets: a bind-mounted socket
 * goes stale when containerd restarts. A directory that may be absent is not mounted: the kubelet would make it.
 */
export function socketMounts(node: NodeView | undefined, socket: string | undefined): SocketMounts {
  const directories = socket === undefined ? knownDirectories(node) : [dirname(socket)];
  return {
    volumes: directories.map((path, index) => ({ name: `socket-${index}`, hostPath: { path, type: 'Directory' } })),
    mounts: directories.map((path, index) => ({
      name: `socket-${index}`,
      mountPath: `${hostPrefix}${path}`,
      readOnly: true,
    })),
  };
}

function knownDirectories(node: NodeView | undefined): readonly string[] {
  const isMicroK8s = node?.metadata.labels?.['microk8s.io/cluster'] === 'true';
  return isMicroK8s ? ['/run', '/var/snap/microk8s/common/run'] : ['/run'];
}

/** A socket of the node as an agent sees it. */
export function inAgent(socket: string): string {
  return `${hostPrefix}${socket}`;
}
