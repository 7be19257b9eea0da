import { aheadAnnotation } from '../../api/labels.ts';
import { askedKeys } from '../../cluster-view/asking.ts';
import { hasBegun } from '../../cluster-view/images-ahead.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** Whether a Pod that asks for it has begun with an image of its name; looked up for those alone that were made ahead. */
export function isInUse(build: NixBuild, pods: ObjectStore<PodView, 'asks'>): boolean {
  const { metadata, spec } = build;
  if (metadata.annotations?.[aheadAnnotation] === undefined) return false;
  const asking = askedKeys(build).flatMap((key) => pods.by('asks', key));
  return asking.some(({ containers }) =>
    containers.some((each) => each.image === spec.imageTag && (hasBegun(each) || each.isThere === true)),
  );
}
