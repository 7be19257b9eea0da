import { apiVersion, label, manager } from '../../src/api/labels.ts';
import type { NixBuildSpec, NixBuildStatus } from '../../src/api/nix-build.ts';
import type { NixStoreStatus } from '../../src/api/nix-store.ts';
import { type BuildOrder, storeLayout } from '../../src/api/order.ts';
import type { ContainerView } from '../../src/cluster-view/container.ts';
import { nameDigest } from '../../src/cluster-view/name-digest.ts';
import { storeName } from '../../src/cluster-view/names.ts';
import type { NodeView } from '../../src/cluster-view/node.ts';
import type { JobView, NamespaceView, NixBuild, NixStore } from '../../src/cluster-view/objects.ts';
import type { PodView } from '../../src/cluster-view/pod.ts';
import type { BuildSettings } from '../../src/controllers/builds/settings.ts';

/** Objects with sensible defaults: a test states only what it is about. */
export const noon = new Date('2026-11-23T12:00:00.000Z');

export function secondsAfterNoon(seconds: number): Date {
  return new Date(noon.getTime() + seconds * 1000);
}

export function aContainer(given: Partial<ContainerView> = {}): ContainerView {
  return {
    list: 'app',
    name: 'web',
    image: 'git.example/demo/hello:1.0',
    pullPolicy: 'IfNotPresent',
    running: false,
    waiting: 'ImagePullBackOff',
    ...given,
  };
}

interface PodGiven extends Partial<Omit<PodView, 'metadata'>> {
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export function aPod({
  name = 'hello-1',
  annotations,
  creationTimestamp,
  deletionTimestamp,
  ...given
}: PodGiven = {}): PodView {
  return {
    metadata: {
      name,
      namespace: 'team',
      uid: `uid-${name}`,
      resourceVersion: '1',
      annotations: annotations ?? {
        'enbi.hrzn.ee/nixbuild-flakeUrl': 'git+https://git.example/hello?ref=refs/tags/{tag}',
      },
      creationTimestamp: creationTimestamp ?? '2026-11-23T11:59:00Z',
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    nodeName: 'node-1',
    phase: 'Pending',
    reason: '',
    message: '',
    unschedulable: '',
    disruption: '',
    containers: [aContainer()],
    ...given,
  };
}

interface NodeGiven extends Partial<Omit<NodeView, 'metadata'>> {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function aNode({ name = 'node-1', labels = {}, annotations = {}, ...given }: NodeGiven = {}): NodeView {
  return {
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', labels, annotations },
    ready: true,
    readySince: '2026-11-23T11:00:00Z',
    unschedulable: false,
    taints: [],
    architecture: 'amd64',
    os: 'linux',
    runtime: 'containerd://2.4.2',
    userNamespaces: true,
    ...given,
  };
}

export function aNamespace(podSecurity = '', annotations: Readonly<Record<string, string>> = {}): NamespaceView {
  return { metadata: { name: 'team', uid: 'uid-team', resourceVersion: '1', annotations }, podSecurity };
}

interface BuildGiven {
  readonly spec?: Partial<NixBuildSpec>;
  readonly status?: NixBuildStatus;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

export function aBuild({ spec = {}, status = {}, annotations = {}, deletionTimestamp }: BuildGiven = {}): NixBuild {
  return {
    metadata: {
      name: 'hello-1-0-abc',
      namespace: 'team',
      uid: 'uid-build',
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: '2026-11-23T11:59:30Z',
      annotations,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: {
      flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0',
      packageName: 'default',
      system: 'x86_64-linux',
      imageTag: 'git.example/demo/hello:1.0',
      ...spec,
    },
    status,
  };
}

/** Of the image that `aBuild` makes. */
const helloDigest = nameDigest('git.example/demo/hello:1.0');

export function aStore(
  status: NixStoreStatus = {
    ready: 'True',
    claimName: 'enbi-store-x',
    prepared: true,
    layout: storeLayout,
    imageNames: [helloDigest],
  },
  scope?: string,
): NixStore {
  return {
    metadata: { name: storeName('node-1', 'team', scope), uid: 'uid-store', resourceVersion: '3', generation: 1 },
    spec: { node: 'node-1', tenant: 'team', ...(scope === undefined ? {} : { scope }) },
    status,
  };
}

interface JobGiven extends Partial<Pick<JobView, 'ended' | 'hadPods'>> {
  readonly deletionTimestamp?: string;
  readonly creationTimestamp?: string;
}

export function aJob(name = 'job', { ended = false, hadPods = true, ...given }: JobGiven = {}): JobView {
  return {
    metadata: {
      name,
      namespace: 'team',
      uid: `uid-${name}`,
      resourceVersion: '1',
      labels: { [label.managedBy]: manager, [label.buildUid]: 'uid-build' },
      ...given,
    },
    ended,
    hadPods,
  };
}

/** A build Job that stays, in the store that `aStore` makes. */
export function aBuilder(name = 'builder', kind = 'kind', given: JobGiven = {}): JobView {
  const job = aJob(name, { creationTimestamp: noon.toISOString(), ...given });
  const { labels } = job.metadata;
  const store = { apiVersion, kind: 'NixStore', name: storeName('node-1', 'team'), uid: 'uid-store', controller: true };
  return {
    ...job,
    metadata: { ...job.metadata, labels: { ...labels, [label.builder]: kind }, ownerReferences: [store] },
  };
}

type Ends = Readonly<
  Record<string, { readonly exitCode?: number; readonly message?: object | string; readonly reason?: string }>
>;

/** No version of a flake that a test builds: none is to be noted. */
const fetched = { message: { ok: true, lockedUrl: 'git+https://git.example/elsewhere' } };

/** The Pod of a Job in which the named containers have ended so; before `build`, `fetch` has ended well. */
export function aJobPod(ended: Ends, given: Partial<PodView> = {}): PodView {
  const ends: Ends = 'build' in ended ? { fetch: fetched, ...ended } : ended;
  const names = ['fetch', 'build', 'prepare', 'remove'].filter((name) => name in ends || given.phase === 'Running');
  return aPod({
    annotations: {},
    containers: names.map((name) => {
      const { exitCode = 0, message = '', reason = 'Completed' } = ends[name] ?? {};
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      const { waiting: _, ...container } = aContainer({ name });
      return { ...container, terminated: { exitCode, reason, message: text, finishedAt: noon.toISOString() } };
    }),
    ...given,
  });
}

export function someSettings(given: Partial<BuildSettings> = {}): BuildSettings {
  return {
    namespace: 'enbi',
    image: 'enbi.hrzn.ee/enbi:test',
    pullPolicy: 'IfNotPresent',
    substituters: undefined,
    trustedPublicKeys: undefined,
    authorities: undefined,
    languageFeatures: undefined,
    realiseStreamScripts: true,
    buildAhead: true,
    isolation: 'Auto',
    timeoutSeconds: 3600,
    maxSilentSeconds: 600,
    maxJobs: 2,
    cores: 0,
    resources: { requests: { cpu: '100m' } },
    socket: undefined,
    unpackInto: undefined,
    temporaryLimit: '8Gi',
    importMemoryLimit: '1Gi',
    agentIdle: 600,
    builderIdle: 0,
    storeScope: 'namespace',
    storeClaimSize: '1Gi',
    maxAttempts: 3,
    maxBuilds: 20,
    maxBuildsPerNode: 4,
    repels: () => false,
    tolerations: [],
    refuseVulnerableNodes: false,
    openHosts: [],
    jobTtlSeconds: 300,
    history: { success: { keep: 2 }, failure: { keep: 1 } },
    ...given,
  };
}

export function aBuildOrder(given: Partial<BuildOrder> = {}): BuildOrder {
  return {
    id: 'uid-1',
    flakeUrl: 'git+https://h/x',
    packageName: 'default',
    system: 'x86_64-linux',
    isolation: 'Unprivileged',
    root: 'team.web',
    fetchCache: 'public',
    nix: { extraPlatforms: [], timeoutSeconds: 1, maxSilentSeconds: 1, maxJobs: 1, cores: 0 },
    ...given,
  };
}
