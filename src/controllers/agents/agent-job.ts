import { label } from '../../api/labels.ts';
import { paths } from '../../api/order.ts';
import { agentName, agentVersion } from '../../cluster-view/agent.ts';
import { container, jobManifest, memoryLimit, noPrivileges, rootPod } from '../../cluster-view/job.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import { agentContainer } from '../../mailbox/order-reports.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import { parseQuantity } from '../../runtime/quantity.ts';
import type { AgentSettings } from './settings.ts';
import { inAgent, socketMounts } from './socket-mounts.ts';

/** Of the agent itself, without what its imports take. */
const ownBytes = 256 * 2 ** 20;

/**
 * The agent of a node, in enbi's own namespace, since whoever drives it is root on the node: all stores read-only, the directories in which
 * containerd's socket may lie, no capability, no API token. It ends by itself.
 */
export function agentJob(node: NodeView, settings: AgentSettings): Manifest {
  const sockets = socketMounts(node, settings.socket);
  const version = agentVersion(settings);
  const { image, pullPolicy, namespace, tolerations } = settings;
  return jobManifest({
    metadata: {
      namespace,
      name: agentName(node, version),
      labels: { [label.agentOf]: node.metadata.uid },
      annotations: { [label.agentNode]: node.metadata.name },
    },
    component: 'agent',
    order: 'listed',
    node: node.metadata.name,
    image,
    pullPolicy,
    tolerations,
    podSecurity: rootPod,
    containers: [
      container({
        name: agentContainer,
        image,
        pullPolicy,
        args: ['agent'],
        environment: environmentOf(version, settings),
        security: noPrivileges,
        resources: memoryLimit(`${memoryOf(settings)}`),
        mounts: [
          { name: 'stores', mountPath: paths.allStores, readOnly: true },
          { name: 'imports', mountPath: paths.allMemories },
          ...sockets.mounts,
        ],
      }),
    ],
    volumes: [
      { name: 'stores', hostPath: { path: paths.stores, type: 'DirectoryOrCreate' } },
      { name: 'imports', hostPath: { path: paths.memoriesOnNode, type: 'DirectoryOrCreate' } },
      ...sockets.volumes,
    ],
  });
}

function environmentOf(version: string, { importMemoryLimit, socket }: AgentSettings) {
  return {
    ENBI_VERSION: version,
    ENBI_IMPORT_MEMORY_BYTES: `${importBytes(importMemoryLimit)}`,
    ...(socket === undefined ? {} : { ENBI_SOCKET: inAgent(socket) }),
  };
}

/** One that is ready and one that looks after pins, beside those that run. */
function memoryOf({ importMemoryLimit, maxBuildsPerNode }: AgentSettings): number {
  return ownBytes + (maxBuildsPerNode + 2) * importBytes(importMemoryLimit);
}

/** Less than this, and no process of enbi's even starts. */
const leastBytes = 10_000_000;

function importBytes(limit: string): number {
  return Math.max(Math.ceil(parseQuantity(limit)), leastBytes);
}
