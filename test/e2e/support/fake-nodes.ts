/** What keeps builds off a node that is fine otherwise. */
export type Trait = 'windows' | 'arm64' | 'cri-o' | 'not-ready' | 'repelled' | 'full' | 'tainted';

/** A Node object without a machine. It says of itself what a kubelet would say: that is all that others know of a node. */
export function aNode(trait: Trait): object {
  const labels = {
    'kubernetes.io/arch': trait === 'arm64' ? 'arm64' : 'amd64',
    'kubernetes.io/os': trait === 'windows' ? 'windows' : 'linux',
    ...(trait === 'repelled' ? { 'enbi.hrzn.ee/repel': '' } : {}),
  };
  const taints = trait === 'tainted' ? [{ key: 'example.com/reserved', value: 'yes', effect: 'NoSchedule' }] : [];
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `fake-${trait}`, labels }, spec: { taints } };
}

/** The node controller makes the taints that belong to the conditions. */
export function statusOf(trait: Trait): object {
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    reason: 'Fake',
    message: 'no kubelet stands behind this node',
    lastHeartbeatTime: new Date().toISOString(),
    lastTransitionTime: new Date().toISOString(),
  });
  const runtime = trait === 'cri-o' ? 'cri-o://1.34.0' : 'containerd://2.1.9';
  return {
    status: {
      conditions: [condition('Ready', trait !== 'not-ready'), condition('DiskPressure', trait === 'full')],
      nodeInfo: { containerRuntimeVersion: runtime },
    },
  };
}
