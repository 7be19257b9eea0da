/** Where a distribution puts what kubeadm leaves at the defaults. Absolute paths, as the node sees them. */
export interface Layout {
  readonly socket: string;
  /** containerd's `state` and `root`. */
  readonly containerdState: string;
  readonly containerdRoot: string;
  readonly containerdConfig: string;
  readonly registries: string;
  readonly cniPrograms: string;
  readonly cniConfigs: string;
  readonly kubeletRoot: string;
}

export const layoutNames = ['plain', 'k3s', 'k0s'] as const;
export type LayoutName = (typeof layoutNames)[number];

const plain: Layout = {
  socket: '/run/containerd/containerd.sock',
  containerdState: '/run/containerd',
  containerdRoot: '/var/lib/containerd',
  containerdConfig: '/etc/containerd/config.toml',
  registries: '/etc/containerd/certs.d',
  cniPrograms: '/opt/cni/bin',
  cniConfigs: '/etc/cni/net.d',
  kubeletRoot: '/var/lib/kubelet',
};

/**
 * The paths of a default installation. In k3s' and k0s' no socket lies at /run/containerd, so whoever looks only there finds
 * nothing; the directory itself exists, since containerd's shims keep their own sockets in /run/containerd/s everywhere.
 */
export const layouts: Readonly<Record<LayoutName, Layout>> = {
  plain,
  // RKE2's containerd is k3s': the same socket.
  k3s: {
    ...plain,
    socket: '/run/k3s/containerd/containerd.sock',
    containerdState: '/run/k3s/containerd',
    containerdRoot: '/var/lib/rancher/k3s/agent/containerd',
    containerdConfig: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
    registries: '/var/lib/rancher/k3s/agent/etc/containerd/certs.d',
    cniPrograms: '/var/lib/rancher/k3s/data/cni',
    cniConfigs: '/var/lib/rancher/k3s/agent/etc/cni/net.d',
  },
  k0s: {
    ...plain,
    socket: '/run/k0s/containerd.sock',
    containerdState: '/run/k0s/containerd',
    containerdRoot: '/var/lib/k0s/containerd',
    containerdConfig: '/etc/k0s/containerd.toml',
    kubeletRoot: '/var/lib/k0s/kubelet',
  },
};
