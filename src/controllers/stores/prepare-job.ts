import { paths } from '../../api/order.ts';
import { container, jobManifest, memoryLimit, rootPod } from '../../cluster-view/job.ts';
import { fingerprint, label63 } from '../../cluster-view/names.ts';
import type { NixStore } from '../../cluster-view/objects.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import { placeOf, storeMetadata } from './owner.ts';
import type { StoreSettings } from './settings.ts';

export function prepareJobName(store: NixStore): string {
  return `prepare-${label63(store.metadata.name, 40)}-${fingerprint(store.metadata.uid)}`;
}

export const prepareSeconds = 300;

/**
 * Makes the store's directories on the node, owned by the uid of builds: the kubelet would make a missing subPath as
 * root's. Runs in enbi's namespace as root, with just the capabilities that giving a directory away takes.
 */
export function prepareJob(store: NixStore, settings: StoreSettings): Manifest {
  return jobManifest({
    metadata: storeMetadata(store, settings, prepareJobName(store)),
    component: 'prepare',
    order: placeOf(store),
    node: store.spec.node,
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    deadlineSeconds: prepareSeconds,
    tolerations: settings.tolerations,
    podSecurity: rootPod,
    containers: [
      container({
        name: 'prepare',
        image: settings.image,
        pullPolicy: settings.pullPolicy,
        args: ['store', 'prepare'],
        security: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'], add: ['CHOWN', 'FOWNER', 'DAC_OVERRIDE'] },
        },
        resources: memoryLimit(),
        mounts: [{ name: 'stores', mountPath: paths.onNode }],
      }),
    ],
    volumes: [{ name: 'stores', hostPath: { path: paths.onNode, type: 'DirectoryOrCreate' } }],
  });
}
