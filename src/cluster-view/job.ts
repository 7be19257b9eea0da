import { label, manager, order as orderAnnotation, ordersAnnotation } from '../api/labels.ts';
import { type BuildOrder, buildUid, type PrepareOrder, paths, type RemoveOrder } from '../api/order.ts';
import type { Manifest, ObjectMeta } from '../runtime/kube-object.ts';
import { noMesh } from './no-mesh.ts';

/** One of enbi's Jobs, before Kubernetes' many words for it. */
export interface JobParts {
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'ownerReferences' | 'labels' | 'annotations'>;
  readonly component: 'prepare' | 'build' | 'remove' | 'agent';
  /** `listed`: its Pod is told what to do as long as it lives. */
  readonly order: BuildOrder | PrepareOrder | RemoveOrder | 'listed';
  /** The list that it begins with; undefined: there is none yet. */
  readonly firstList?: string;
  /** Node to run on. By affinity, not by `spec.nodeName`: that skips the scheduler, and claims that wait for it hang. */
  readonly node: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** Undefined: it ends by itself. */
  readonly deadlineSeconds?: number;
  readonly tolerations: readonly object[];
  readonly podSecurity: object;
  readonly hostUsers?: boolean;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly object[];
  /** Of each container's /tmp. */
  readonly temporaryLimit?: string;
}

/**
 * A Job that runs one Pod once: trying again is the controller's business, since it can tell whose fault a failure was.
 * Its order is an annotation that the downward API mounts as a file; nothing a user wrote stands in args or env.
 */
export function jobManifest(parts: JobParts): Manifest {
  const labels = { ...parts.metadata.labels, [label.managedBy]: manager, [label.component]: parts.component };
  const annotations = {
    ...noMesh.annotations,
    ...parts.metadata.annotations,
    ...orderOf(parts),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...parts.metadata, labels },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      ...(parts.deadlineSeconds === undefined ? {} : { activeDeadlineSeconds: parts.deadlineSeconds }),
      template: { metadata: { labels: { ...noMesh.labels, ...labels }, annotations }, spec: podSpec(parts) },
    },
  };
}

function orderOf({ order, firstList }: JobParts): Readonly<Record<string, string>> {
  if (order !== 'listed') return { [orderAnnotation]: JSON.stringify(order) };
  return firstList === undefined ? {} : { [ordersAnnotation]: firstList };
}

function podSpec(parts: JobParts): object {
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Nix may take ten seconds to give up an evaluation.
    terminationGracePeriodSeconds: 30,
    ...(parts.hostUsers === undefined ? {} : { hostUsers: parts.hostUsers }),
    securityContext: parts.podSecurity,
    tolerations: [...parts.tolerations, cordon],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onNode(parts.node) } },
    ...(parts.initContainers === undefined ? {} : { initContainers: parts.initContainers }),
    containers: parts.containers,
    volumes: [...parts.volumes, orderVolume(parts.order), ...temporaryVolumes(parts)],
  };
}

/**
 * A node that is cordoned after it was chosen still takes what was chosen for it, as it still runs what had begun: the Pod would
 * else wait until its Job's deadline. A drain ends it, and then it is tried elsewhere.
 */
const cordon = { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' };

function onNode(node: string): object {
  return { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] };
}

function orderVolume(order: JobParts['order']): object {
  const [file, annotation] = order === 'listed' ? [paths.orders, ordersAnnotation] : [paths.order, orderAnnotation];
  const path = file.slice(file.lastIndexOf('/') + 1);
  const items = [{ path, fieldRef: { fieldPath: `metadata.annotations['${annotation}']` } }];
  return { name: 'order', downwardAPI: { items } };
}

/** One for each container: what a killed `fetch` left of its credentials is not for `build` to read. */
function temporaryVolumes({ initContainers = [], containers, temporaryLimit = '64Mi' }: JobParts): object[] {
  return [...initContainers, ...containers].map(({ name }) => emptyDirectory(temporary(name), temporaryLimit));
}

/** A Pod that puts more there is evicted. */
export function emptyDirectory(name: string, sizeLimit: string): object {
  return { name, emptyDir: { sizeLimit } };
}

function temporary(container: string): string {
  return `tmp-${container}`;
}

export interface Container {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface ContainerParts {
  readonly name: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** Undefined: enbi itself. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly security: object;
  readonly resources: object;
  readonly mounts: readonly object[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A container of enbi's image with its order and a /tmp, on a read-only root. */
export function container(parts: ContainerParts): Container {
  return {
    name: parts.name,
    image: parts.image,
    imagePullPolicy: parts.pullPolicy,
    ...(parts.command === undefined ? {} : { command: [parts.command] }),
    args: parts.args,
    ...(parts.environment === undefined ? {} : { env: variables(parts.environment) }),
    resources: parts.resources,
    securityContext: { readOnlyRootFilesystem: true, ...parts.security },
    terminationMessagePolicy: 'File',
    volumeMounts: [
      ...parts.mounts,
      { name: 'order', mountPath: paths.order.slice(0, paths.order.lastIndexOf('/')), readOnly: true },
      { name: temporary(parts.name), mountPath: '/tmp' },
    ],
  };
}

function variables(environment: Readonly<Record<string, string>>): object[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}

/**
 * For enbi's own work in its own namespace. Nothing is requested: without that word the limit would be, and a node that is full
 * by its Pods' requests could load no image.
 */
export function memoryLimit(limit = '512Mi'): object {
  return { requests: { memory: '0' }, limits: { memory: limit } };
}

/** For Pods of the build's own uid: nothing a PSA-restricted namespace would refuse. */
export const unprivilegedPod = {
  runAsNonRoot: true,
  runAsUser: buildUid,
  runAsGroup: buildUid,
  fsGroup: buildUid,
  // The store is large: without this the kubelet would walk all of it at every mount.
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

/** For Pods that must be root on the node's files but hold no capability. */
export const rootPod = { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } };

export const noPrivileges = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
