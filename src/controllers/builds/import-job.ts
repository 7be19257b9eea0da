import { label } from '../../api/labels.ts';
import { type ImportOrder, memoryOf, paths } from '../../api/order.ts';
import { StorePath } from '../../api/result.ts';
import { type Container, container, jobManifest, noPrivileges, rootPod } from '../../cluster-view/job.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import { jobName } from './names.ts';
import type { BuildSettings } from './settings.ts';
import { inImportPod, socketMounts } from './socket-mounts.ts';

const importSeconds = 1800;

/**
 * The import Job, in enbi's own namespace, since whoever drives it is root on the node: the tenant's store read-only at
 * /nix, the directories in which containerd's socket may lie, no capability, no API token.
 */
export function importJob(
  build: NixBuild,
  store: NixStore,
  node: NodeView | undefined,
  outPath: StorePath,
  settings: BuildSettings,
): Manifest {
  const sockets = socketMounts(node, settings.socket);
  const staged = build.status.outFormat === 'script';
  const { namespace = '', name, uid } = build.metadata;
  return jobManifest({
    metadata: {
      namespace: settings.namespace,
      name: jobName(build, 'import'),
      labels: { [label.buildUid]: uid },
      annotations: { [label.buildNamespace]: namespace, [label.buildName]: name },
    },
    component: 'import',
    order: orderFor(build, outPath, staged, settings),
    node: store.spec.node,
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    deadlineSeconds: importSeconds,
    tolerations: settings.tolerations,
    podSecurity: rootPod,
    ...(staged ? { initContainers: [stageContainer(settings)] } : {}),
    containers: [importContainer(staged, sockets.mounts, settings)],
    volumes: [
      { name: 'store', hostPath: { path: `${paths.stores}/${store.spec.tenant}`, type: 'Directory' } },
      {
        name: 'memory',
        hostPath: { path: `${paths.stores}/${memoryOf(store.spec.tenant)}`, type: 'DirectoryOrCreate' },
      },
      ...sockets.volumes,
      { name: 'staged', emptyDir: { sizeLimit: settings.stagedLimit } },
    ],
  });
}

function orderFor(build: NixBuild, outPath: StorePath, staged: boolean, settings: BuildSettings): ImportOrder {
  const { namespace = '', name, uid } = build.metadata;
  return {
    outPath,
    imageName: build.spec.imageTag,
    system: build.spec.system,
    owner: { namespace, name, uid },
    staged,
    ...(settings.socket === undefined ? {} : { socket: inImportPod(settings.socket) }),
  };
}

/** A subPath, which the kubelet opens without following a link that a tenant may have put in the directory's place. */
const storeMount = { name: 'store', subPath: 'nix', mountPath: '/nix', readOnly: true };

/**
 * Runs a stream script, a stranger's program: without containerd's socket, and only after giving up the capabilities,
 * which it holds to make a network namespace with nothing in it and to become nobody.
 */
function stageContainer(settings: BuildSettings): Container {
  return container({
    name: 'stage',
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    args: ['stage'],
    security: { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'SETUID', 'SETGID', 'SETPCAP'] } },
    mounts: [storeMount, { name: 'staged', mountPath: paths.staged }],
  });
}

function importContainer(staged: boolean, socketDirectories: readonly object[], settings: BuildSettings): Container {
  return container({
    name: 'import',
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    args: ['import'],
    security: noPrivileges,
    mounts: [
      storeMount,
      { name: 'memory', mountPath: paths.memory },
      ...socketDirectories,
      ...(staged ? [{ name: 'staged', mountPath: paths.staged, readOnly: true }] : []),
    ],
  });
}
