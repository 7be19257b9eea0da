import { isAskedFor } from '../../cluster-view/asking.ts';
import { imageKey } from '../../cluster-view/indexes.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { ours } from '../../cluster-view/raw.ts';
import { isGoing } from '../../cluster-view/road.ts';
import type { ObjectStore } from '../../runtime/store.ts';

interface Stores {
  readonly builds: ObjectStore<NixBuild, 'image'>;
  readonly pods: ObjectStore<PodView, 'image' | 'asks'>;
}

/** Of a build that enbi made and no Pod asks for any more: another one of its image, for which Pods do ask. */
export function successorOf(build: NixBuild, { builds, pods }: Stores): NixBuild | undefined {
  const image = imageKey(build.metadata.namespace ?? '', build.spec.imageTag);
  // Most often nobody names the image at all.
  if (!ours(build.metadata) || !pods.has('image', image) || isAskedFor(build, pods)) return undefined;
  return builds.by('image', image).find((other) => !isGoing(other) && isAskedFor(other, pods));
}
