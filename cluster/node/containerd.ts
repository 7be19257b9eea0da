/** Never on any registry: the archive is made here and imported before the kubelet starts. */
export const sandboxImage = 'localhost/enbi-cluster/sandbox:1';

/** What differs from containerd's defaults, and why. */
export function containerdConfig(): string {
  return `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${sandboxImage}'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/certs.d'

[plugins.'io.containerd.cri.v1.runtime']
  # Where oom_score_adj must not be lowered, runc dies while it tries.
  restrict_oom_score_adj = true
  # A profile would be loaded into the machine's kernel and stay there.
  disable_apparmor = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/opt/cni/bin']
  conf_dir = '/etc/cni/net.d'
`;
}

/** Pods of a node hang on a bridge; the hub knows the way to every node's Pods, so nothing needs to be disguised. */
export function cniConfig(podSubnet: string): string {
  const ipam = { type: 'host-local', ranges: [[{ subnet: podSubnet }]], routes: [{ dst: '0.0.0.0/0' }] };
  return JSON.stringify({
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}
