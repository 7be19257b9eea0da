import { stringify } from 'yaml';
import type { Addresses, NodeAddresses } from '../addresses.ts';
import type { Layout } from './layout.ts';

/** Where the node sees its own folder of the cluster's state (init.sh binds it there). */
const mine = '/run/enbi-cluster/node';

/** The kubelet's configuration; what is not here is its default. */
export function kubeletConfig(cgroupRoot: string, dns: string, layout: Layout): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${mine}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${mine}/kubelet.crt`,
    tlsPrivateKeyFile: `${mine}/kubelet.key`,
    containerRuntimeEndpoint: `unix://${layout.socket}`,
    clusterDomain: 'cluster.local',
    clusterDNS: [dns],
    resolvConf: '/etc/resolv.conf',
    // The machine's init system knows nothing of the node's containers.
    cgroupDriver: 'cgroupfs',
    cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    // As many as a /24 has addresses for, nearly; the default of 110 is less than a test of crowds needs.
    maxPods: 250,
    makeIPTablesUtilChains: false,
    // The default lies below /usr of the machine.
    volumePluginDir: `${layout.kubeletRoot}/volume-plugins`,
    // The node's disk is the developer's: that it is nearly full says nothing about the cluster, and must not evict Pods.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
  });
}

export function kubeletArguments(name: string, node: NodeAddresses, layout: Layout): string[] {
  return [
    `--config=${mine}/kubelet.yaml`,
    `--kubeconfig=${mine}/kubelet.kubeconfig`,
    `--root-dir=${layout.kubeletRoot}`,
    `--hostname-override=${name}`,
    `--node-ip=${node.ip}`,
  ];
}

export function proxyArguments(name: string, cluster: Addresses): string[] {
  return [
    `--kubeconfig=${mine}/kube-proxy.kubeconfig`,
    `--hostname-override=${name}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${cluster.podSubnet}`,
    // These limits are the machine's, not the node's.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
  ];
}

/** The kernel parameters a kubelet insists on (setupKernelTunables in its container manager). */
export const kubeletSysctls: Readonly<Record<string, string>> = {
  'vm.overcommit_memory': '1',
  'vm.panic_on_oom': '0',
  'kernel.panic': '10',
  'kernel.panic_on_oops': '1',
  'kernel.keys.root_maxkeys': '1000000',
  'kernel.keys.root_maxbytes': '25000000',
};
