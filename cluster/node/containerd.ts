import type { Flavour } from '../flavour.ts';
import { type Layout, layouts } from './layout.ts';

/** Never on any registry: the archive is made here and imported before the kubelet starts. */
export const sandboxImage = 'localhost/enbi-cluster/sandbox:1';

/** What differs from containerd's defaults, and why. Where it listens and keeps its state are arguments. */
export function containerdConfig({ containerd, layout }: Flavour): string {
  return containerd === 'newest' ? versionThree(layouts[layout]) : versionTwo(layouts[layout]);
}

/** As k3s and k0s do it: the same for every version of the configuration. */
export function containerdArguments(layout: Layout): string[] {
  return [
    `--config=${layout.containerdConfig}`,
    `--address=${layout.socket}`,
    `--state=${layout.containerdState}`,
    `--root=${layout.containerdRoot}`,
  ];
}

/** ctr's own importer keeps to the namespace's rules that the kubelet sees; 1.6 has no other, and so no flag for it. */
export function importCommand({ containerd }: Flavour): string[] {
  return ['ctr', '--namespace=k8s.io', 'images', 'import', ...(containerd === 'debian-12' ? [] : ['--local'])];
}

function versionThree(layout: Layout): string {
  return `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${sandboxImage}'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '${layout.registries}'

[plugins.'io.containerd.cri.v1.runtime']
  # Where oom_score_adj must not be lowered, runc dies while it tries.
  restrict_oom_score_adj = true
  # A profile would be loaded into the machine's kernel and stay there.
  disable_apparmor = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['${layout.cniPrograms}']
  conf_dir = '${layout.cniConfigs}'
`;
}

/** containerd 1.6 and 1.7, where one plugin does all that the kubelet asks for. */
function versionTwo(layout: Layout): string {
  return `version = 2

[plugins.'io.containerd.grpc.v1.cri']
  sandbox_image = '${sandboxImage}'
  restrict_oom_score_adj = true
  disable_apparmor = true

[plugins.'io.containerd.grpc.v1.cri'.registry]
  config_path = '${layout.registries}'

[plugins.'io.containerd.grpc.v1.cri'.cni]
  bin_dir = '${layout.cniPrograms}'
  conf_dir = '${layout.cniConfigs}'
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
