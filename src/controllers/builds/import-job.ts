import { label } from '../../api/labels.ts';
import { directoryOf, type ImportOrder, memoryOf, paths, storeParts } from '../../api/order.ts';
import { StorePath } from '../../api/result.ts';
import { type Container, container, jobManifest, memoryLimit, noPrivileges, rootPod } from '../../cluster-view/job.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import { jobName, orderId } from './names.ts';
import { pinSeconds } from './pinning.ts';
import type { BuildSettings } from './settings.ts';
import { inImportPod, socketMounts } from './socket-mounts.ts';

/** Without the time it may hold a pin. */
export const importSeconds = 1800;

export interface ImportWish {
  readonly outPath: StorePath;
  /** Pods wait on the node: the image is to stay until they use it. */
  readonly pinned: boolean;
}

/**
 * The import Job, in enbi's own namespace, since whoever drives it is root on the node: the tenant's store read-only at
 * /nix, the directories in which containerd's socket may lie, no capability, no API token.
 * Where the image is to be pinned, the import comes before a container that does nothing but hold the pin.
 */
export function importJob(
  build: NixBuild,
  store: NixStore,
  node: NodeView | undefined,
  wish: ImportWish,
  settings: BuildSettings,
): Manifest {
  const sockets = socketMounts(node, settings.socket);
  const { namespace = '', name, uid } = build.metadata;
  const steps = [
    importContainer(sockets.mounts, settings),
    ...(wish.pinned ? [pinContainer(sockets.mounts, settings)] : []),
  ];
  return jobManifest({
    metadata: {
      namespace: settings.namespace,
      name: jobName(build, 'import'),
      labels: { [label.buildUid]: uid },
      annotations: { [label.buildNamespace]: namespace, [label.buildName]: name },
    },
    component: 'import',
    order: orderFor(build, wish, settings),
    node: store.spec.node,
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    deadlineSeconds: importSeconds + (wish.pinned ? pinSeconds : 0),
    tolerations: settings.tolerations,
    podSecurity: rootPod,
    ...(steps.length === 1 ? {} : { initContainers: steps.slice(0, -1) }),
    containers: steps.slice(-1),
    volumes: [
      { name: 'store', hostPath: { path: `${paths.stores}/${directoryOf(store.spec)}`, type: 'Directory' } },
      { name: 'memory', hostPath: { path: `${paths.stores}/${memoryOf(store.spec)}`, type: 'DirectoryOrCreate' } },
      ...sockets.volumes,
    ],
  });
}

function orderFor(build: NixBuild, { outPath, pinned }: ImportWish, settings: BuildSettings): ImportOrder {
  const { namespace = '', name, uid } = build.metadata;
  return {
    id: orderId(build),
    outPath,
    imageName: build.spec.imageTag,
    system: build.spec.system,
    owner: { namespace, name, uid },
    script: build.status.outFormat === 'script',
    ...(settings.image.length > 512 ? {} : { ownImage: settings.image }),
    ...(pinned ? { pin: { by: jobName(build, 'import'), seconds: pinSeconds } } : {}),
    ...(settings.socket === undefined ? {} : { socket: inImportPod(settings.socket) }),
    ...(settings.openHosts.length === 0 ? {} : { openHosts: [...settings.openHosts] }),
    ...(settings.unpackInto === undefined ? {} : { unpackInto: settings.unpackInto }),
  };
}

/** A subPath, which the kubelet opens without following a link that a tenant may have put in the directory's place. */
const storeMount = { name: 'store', subPath: storeParts.nix, mountPath: '/nix', readOnly: true };

function importContainer(socketDirectories: readonly object[], settings: BuildSettings): Container {
  return container({
    name: 'import',
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    args: ['import'],
    security: noPrivileges,
    resources: memoryLimit(settings.importMemoryLimit),
    mounts: [storeMount, { name: 'memory', mountPath: paths.memory }, ...socketDirectories],
  });
}

/**
 * Has the socket, to take the pin off, and nothing of the tenant's. The kubelet waits a second before it asks it to stop: a
 * signal that comes before Node listens is lost.
 */
function pinContainer(socketDirectories: readonly object[], settings: BuildSettings): Container {
  const parts = container({
    name: 'pin',
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    args: ['pin'],
    security: noPrivileges,
    resources: memoryLimit(),
    mounts: socketDirectories,
  });
  return { ...parts, lifecycle: { preStop: { sleep: { seconds: 1 } } } };
}
