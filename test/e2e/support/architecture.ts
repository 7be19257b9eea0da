import type { Kubectl } from '../../support/git-server.ts';
import { waitFor } from './wait-for.ts';

const name = 'enbi-e2e-architecture';
const apiVersion = 'admissionregistration.k8s.io/v1';

/**
 * Makes the API server show a node as one of another architecture, until it is disposed of. Setting its label would not do:
 * the kubelet puts that right at every sync (updateNodeStatus in kubernetes/pkg/kubelet/kubelet_node_status.go).
 */
export async function withArchitecture(kubectl: Kubectl, node: string, architecture: string): Promise<AsyncDisposable> {
  const items = [policy(node, architecture), binding];
  const before = await labelOf(kubectl, node);
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => {
    await kubectl(['delete', 'mutatingadmissionpolicies,mutatingadmissionpolicybindings', name]);
    await writeUntil(kubectl, node, before);
  });
  await kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await writeUntil(kubectl, node, architecture);
  return undo.move();
}

function policy(node: string, architecture: string): object {
  const everyWrite = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] };
  const labels = `{"kubernetes.io/arch": "${architecture}"}`;
  const expression = `Object{metadata: Object.metadata{labels: ${labels}}}`;
  return {
    apiVersion,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [{ ...everyWrite, resources: ['nodes', 'nodes/status'] }] },
      matchConditions: [{ name: 'node', expression: `object.metadata.name == "${node}"` }],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  };
}

const binding = {
  apiVersion,
  kind: 'MutatingAdmissionPolicyBinding',
  metadata: { name },
  spec: { policyName: name },
};

/** A policy takes effect some moments after it is made, and at the next write of the node. */
async function writeUntil(kubectl: Kubectl, node: string, architecture: string): Promise<void> {
  await waitFor(`${node} shows ${architecture}`, async () => {
    const value = `${Date.now()}`;
    await kubectl(['annotate', '--overwrite', 'node', node, `enbi.test/touched=${value}`]);
    return (await labelOf(kubectl, node)) === architecture ? true : undefined;
  });
}

async function labelOf(kubectl: Kubectl, node: string): Promise<string> {
  return await kubectl(['get', 'node', node, String.raw`--output=jsonpath={.metadata.labels.kubernetes\.io/arch}`]);
}
