import { paths, type RemoveOrder } from '../api/order.ts';
import type { Manifest } from '../runtime/kube-object.ts';
import { container, type JobParts, jobManifest, memoryLimit, rootPod } from './job.ts';

export const removeSeconds = 3600;

/**
 * Removes stores from a node's disk: in enbi's namespace, as root, with just the capabilities that directories without a write
 * bit and of another owner take. `/var/lib` itself is there for when `/var/lib/enbi` is to go as well.
 */
export function removeJob(
  parts: Pick<JobParts, 'metadata' | 'node' | 'image' | 'pullPolicy'> & { readonly order: RemoveOrder },
): Manifest {
  const everything = 'everything' in parts.order;
  return jobManifest({
    ...parts,
    component: 'remove',
    deadlineSeconds: removeSeconds,
    // The disk is there whatever the node is tainted with.
    tolerations: [{ operator: 'Exists' }],
    podSecurity: rootPod,
    containers: [
      container({
        name: 'remove',
        image: parts.image,
        pullPolicy: parts.pullPolicy,
        args: ['store', 'remove'],
        security: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'], add: ['DAC_OVERRIDE', 'FOWNER'] },
        },
        resources: memoryLimit('1Gi'),
        mounts: [stores.mount, ...(everything ? [above.mount] : [])],
      }),
    ],
    volumes: [stores.volume, ...(everything ? [above.volume] : [])],
  });
}

const stores = {
  mount: { name: 'stores', mountPath: paths.onNode },
  volume: { name: 'stores', hostPath: { path: paths.onNode, type: 'DirectoryOrCreate' } },
};

const above = {
  mount: { name: 'above', mountPath: paths.aboveStores },
  volume: { name: 'above', hostPath: { path: '/var/lib', type: 'Directory' } },
};
