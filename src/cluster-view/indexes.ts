import { label } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';
import type { NixBuild } from './objects.ts';
import type { PodView } from './pod.ts';

/** Index value: one image name in one namespace. */
export function imageKey(namespace: string, image: string): string {
  return `${namespace} ${image}`;
}

/** Builds by the image they make. */
export const buildIndexes = {
  image: (build: NixBuild): readonly string[] => [imageKey(build.metadata.namespace ?? '', build.spec.imageTag)],
  store: (build: NixBuild): readonly string[] => (build.status.storeName === undefined ? [] : [build.status.storeName]),
  node: (build: NixBuild): readonly string[] => (build.status.buildNode === undefined ? [] : [build.status.buildNode]),
};

/** Pods by the images they name. */
export const podIndexes = {
  image: (pod: PodView): readonly string[] => [
    ...new Set(pod.containers.map((container) => imageKey(pod.metadata.namespace ?? '', container.image))),
  ],
};

/** enbi's own Pods by the uid of the Job that owns them: a label could be anybody's. */
export const jobPodIndexes = {
  job: (pod: PodView): readonly string[] =>
    (pod.metadata.ownerReferences ?? []).filter((owner) => owner.kind === 'Job').map((owner) => owner.uid),
};

/** Jobs by the NixBuild they work for (annotations: a name may be longer than a label holds); readers check the uid as well. */
export const jobIndexes = {
  build: (job: Observed): readonly string[] => {
    const annotations = job.metadata.annotations ?? {};
    const [namespace, name] = [annotations[label.buildNamespace], annotations[label.buildName]];
    return namespace === undefined || name === undefined ? [] : [`${namespace}/${name}`];
  },
};
