import { apiVersion, label, podAnnotation } from '../../api/labels.ts';
import { type BuildOrder, type Isolation, paths, storeParts } from '../../api/order.ts';
import {
  type Container,
  container,
  emptyDirectory,
  type JobParts,
  jobManifest,
  noPrivileges,
  unprivilegedPod,
} from '../../cluster-view/job.ts';
import { claimName, fingerprint } from '../../cluster-view/names.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { systemsOf } from '../../cluster-view/system.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import { builderJob, entryOf, handbackMounts } from './builder-job.ts';
import { flakeToBuild } from './flake-to-build.ts';
import { jobName, orderId, rootName } from './names.ts';
import type { BuildSettings } from './settings.ts';

/** Seconds a Job may take beyond the build itself: scheduling, fetching, and room to report. */
const slackSeconds = 900;

export function buildSeconds({ timeoutSeconds }: BuildSettings): number {
  return timeoutSeconds + slackSeconds;
}

/**
 * The build Job, in the tenant's namespace: `fetch` (with the credentials) and `build` (without), one unprivileged Pod with
 * no API token and no socket, the tenant's store of that node at /nix. They start together, since the kubelet takes most of a second
 * from one container to the next; `build` waits until `fetch` has ended (adapters/nix/fetch-life.ts). Where builders stay, it is one.
 */
export function buildJob(
  build: NixBuild,
  store: NixStore,
  node: NodeView,
  isolation: Isolation,
  settings: BuildSettings,
): Manifest {
  const order = orderFor(build, node, isolation, settings);
  const parts = partsOf({ build, store, node, isolation }, settings);
  if (settings.builderIdle > 0) return builderJob({ ...parts, order }, store, settings);
  const { name, uid } = build.metadata;
  const owner = { apiVersion, kind: 'NixBuild', name, uid, controller: true, blockOwnerDeletion: false };
  return jobManifest({
    ...parts,
    metadata: { ...parts.metadata, ownerReferences: [owner] },
    order,
    deadlineSeconds: buildSeconds(settings),
  });
}

interface Where {
  readonly build: NixBuild;
  readonly store: NixStore;
  readonly node: NodeView;
  readonly isolation: Isolation;
}

function partsOf({ build, store, node, isolation }: Where, settings: BuildSettings): Omit<JobParts, 'order'> {
  const { namespace = '', name, uid } = build.metadata;
  const secret = build.metadata.annotations?.[podAnnotation.secretName];
  return {
    metadata: {
      namespace,
      name: jobName(build),
      labels: { [label.buildUid]: uid },
      annotations: { [label.buildNamespace]: namespace, [label.buildName]: name, ...shownFirst },
    },
    component: 'build',
    node: node.metadata.name,
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    tolerations: settings.tolerations,
    temporaryLimit: settings.temporaryLimit,
    ...podIsolation(isolation),
    containers: [
      buildContainer('fetch', isolation, settings, [...fetchMounts, ...(secret === undefined ? [] : [secretMount])]),
      buildContainer('build', isolation, settings, buildMounts),
    ],
    volumes: [
      { name: 'store', persistentVolumeClaim: { claimName: claimName(store.metadata.name) } },
      emptyDirectory('handover', '64Mi'),
      ...(secret === undefined ? [] : [{ name: 'secret', secret: { secretName: secret, defaultMode: 0o440 } }]),
    ],
  };
}

/** Whose log `kubectl logs` prints unless told otherwise: of a fetch that failed it says as much. */
const shownFirst = { 'kubectl.kubernetes.io/default-container': 'build' };

export function orderFor(build: NixBuild, node: NodeView, isolation: Isolation, settings: BuildSettings): BuildOrder {
  const { packageName, system } = build.spec;
  return {
    id: orderId(build),
    flakeUrl: flakeToBuild(build),
    packageName,
    system,
    isolation,
    root: rootName(build),
    fetchCache: fetchCacheOf(build),
    ...(settings.realiseStreamScripts ? {} : { realiseStreamScripts: false }),
    nix: nixOrder(node, settings),
  };
}

function nixOrder(node: NodeView, settings: BuildSettings): BuildOrder['nix'] {
  const { substituters, trustedPublicKeys, languageFeatures, authorities } = settings;
  const { timeoutSeconds, maxSilentSeconds, maxJobs, cores } = settings;
  return {
    ...(substituters === undefined ? {} : { substituters: [...substituters] }),
    ...(trustedPublicKeys === undefined ? {} : { trustedPublicKeys: [...trustedPublicKeys] }),
    extraPlatforms: [...systemsOf(node)],
    ...(languageFeatures === undefined ? {} : { languageFeatures: [...languageFeatures] }),
    ...(authorities === undefined ? {} : { authorities }),
    timeoutSeconds,
    maxSilentSeconds,
    maxJobs,
    cores,
  };
}

function fetchCacheOf({ metadata }: NixBuild): string {
  const secret = metadata.annotations?.[podAnnotation.secretName];
  return secret === undefined ? 'public' : fingerprint(secret);
}

/** Sandboxed: the Pod has a user namespace of its own, in which Nix may make its namespaces. */
function podIsolation(isolation: Isolation): { podSecurity: object; hostUsers?: boolean } {
  if (isolation === 'Unprivileged') return { podSecurity: unprivilegedPod };
  return { podSecurity: { ...unprivilegedPod, seccompProfile: { type: 'Unconfined' } }, hostUsers: false };
}

const secretMount = { name: 'secret', mountPath: '/enbi/secret', readOnly: true };

/** Nothing that one of the two containers may write is executed or read as configuration by the other one. */
const fetchMounts = [
  { name: 'store', mountPath: paths.fetchCache, subPath: storeParts.fetchCache },
  { name: 'handover', mountPath: paths.handover },
];
const buildMounts = [
  { name: 'store', mountPath: paths.buildCache, subPath: storeParts.buildCache },
  { name: 'handover', mountPath: paths.handover, readOnly: true },
];

function buildContainer(
  name: 'fetch' | 'build',
  isolation: Isolation,
  settings: BuildSettings,
  mounts: readonly object[],
): Container {
  return container({
    name,
    image: settings.image,
    pullPolicy: settings.pullPolicy,
    ...entryOf(name, settings),
    security: { ...noPrivileges, ...(isolation === 'Sandboxed' ? { procMount: 'Unmasked' } : {}) },
    resources: settings.resources,
    mounts: [
      { name: 'store', mountPath: '/nix', subPath: storeParts.nix },
      ...mounts,
      ...handbackMounts(name, settings),
    ],
  });
}
