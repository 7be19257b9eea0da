import { label } from '../api/labels.ts';
import { nameKeyOf, repositoryKeyOf } from '../image-name/name-key.ts';
import { type Observed, splitKey } from '../runtime/kube-object.ts';
import { askingKeys } from './asking.ts';
import { buildNamed, isBuilder, jobKeyOfPod, workKey } from './belonging.ts';
import { jobName, storeNameOf } from './names.ts';
import type { NixBuild, NixStore } from './objects.ts';
import type { PodView } from './pod.ts';

/** Index value: one image name in one namespace. */
export function imageKey(namespace: string, image: string): string {
  return `${namespace} ${image}`;
}

/** Index value: one repository, whichever tag, in one namespace. */
export function repositoryKeyIn(namespace: string, image: string): string {
  return `${namespace} ${repositoryKeyOf(image)}`;
}

/** Builds by the image they make. */
export const buildIndexes = {
  image: (build: NixBuild): readonly string[] => [imageKey(build.metadata.namespace ?? '', build.spec.imageTag)],
  repository: (build: NixBuild): readonly string[] => [
    repositoryKeyIn(build.metadata.namespace ?? '', build.spec.imageTag),
  ],
  store: (build: NixBuild): readonly string[] => {
    const store = storeNameOf(build);
    return store === undefined ? [] : [store];
  },
  /** In all namespaces, however the name is written. */
  name: (build: NixBuild): readonly string[] => [nameKeyOf(build.spec.imageTag) ?? ''],
  node: (build: NixBuild): readonly string[] => (build.status.buildNode === undefined ? [] : [build.status.buildNode]),
  /** The Job, `namespace/name`, that builds them, has built them, or is to be made for that. */
  builtBy: (build: NixBuild): readonly string[] => {
    const { buildNode, buildJobName } = build.status;
    if (buildNode === undefined && buildJobName === undefined) return [];
    return [`${build.metadata.namespace ?? ''}/${buildJobName ?? jobName(build)}`];
  },
};

/** Stores by the image names that they remember as their namespace's. */
export const storeIndexes = {
  imageName: (store: NixStore): readonly string[] => store.status.imageNames ?? [],
  /** Those of a namespace on a node that are for the flakes of one repository each. */
  scoped: ({ spec: { node, tenant, scope } }: NixStore): readonly string[] =>
    scope === undefined ? [] : [scopedKey(node, tenant)],
};

export function scopedKey(node: string, tenant: string): string {
  return `${node} ${tenant}`;
}

/** Pods by the images they name, and by the NixBuilds they ask for. */
export const podIndexes = {
  image: (pod: PodView): readonly string[] => [
    ...new Set(pod.containers.map((container) => imageKey(pod.metadata.namespace ?? '', container.image))),
  ],
  asks: askingKeys,
  unplaced,
};

/** Pods that wait for room on a node. */
function unplaced({ unschedulable }: PodView): readonly string[] {
  return lacksRoom.test(unschedulable) ? [''] : [];
}

/** The scheduler's words for it (pkg/scheduler/framework/plugins/noderesources). */
const lacksRoom = /Insufficient (cpu|memory|ephemeral-storage)|Too many pods/;

/** enbi's own Pods by the Job that made them. */
export const jobPodIndexes = {
  job: (pod: PodView): readonly string[] => {
    const key = jobKeyOfPod(pod);
    return key === undefined ? [] : [key];
  },
  unplaced,
};

/** Jobs of agents by the name of their node; readers check where they are. */
export const agentIndex = {
  agentOf: ({ metadata: { labels = {}, annotations = {} } }: Observed): readonly string[] => {
    const node = labels[label.agentOf] === undefined ? undefined : annotations[label.agentNode];
    return node === undefined ? [] : [node];
  },
};

/** Jobs by their namespace and the NixBuild they say they work for; readers check that they do. */
export const jobIndexes = {
  build: (job: Observed): readonly string[] => {
    const build = buildNamed(job);
    return build === undefined ? [] : [workKey(job.metadata.namespace ?? '', build)];
  },
  /** Builders by their namespace. */
  builders: (job: Observed): readonly string[] => (isBuilder(job) ? [job.metadata.namespace ?? ''] : []),
  /** The namespace of that NixBuild. */
  tenant: (job: Observed): readonly string[] => {
    const build = buildNamed(job);
    return build === undefined ? [] : [workKey(job.metadata.namespace ?? '', splitKey(build).namespace)];
  },
};
