import { podAnnotation } from '../api/labels.ts';
import type { ContainerView } from './container.ts';
import type { PodView } from './pod.ts';

/** The value of an annotation; `suffix` is empty, or a dot and the name of a container or volume. */
export function annotation(pod: PodView, name: string, suffix: string): string | undefined {
  return pod.metadata.annotations?.[`${name}${suffix}`];
}

export function isDescribedByName(pod: PodView, container: ContainerView): boolean {
  return annotation(pod, podAnnotation.flakeUrl, `.${container.name}`) !== undefined;
}

/** By its name, or as the one image that the annotation without a suffix can be about. */
export function isDescribed(pod: PodView, container: ContainerView, left = imagesLeft(pod)): boolean {
  return isDescribedByName(pod, container) || (left.size === 1 && left.has(container.image));
}

/** The images that the annotation without a suffix may be about: the one that is named, else all that nothing else describes. */
export function imagesLeft(pod: PodView): ReadonlySet<string> {
  if (annotation(pod, podAnnotation.flakeUrl, '') === undefined) return new Set();
  const named = annotation(pod, podAnnotation.imageTag, '');
  if (named !== undefined) return new Set([named]);
  return new Set(undescribed(pod).map(({ image }) => image));
}

/** Those that no annotation names. */
export function undescribed(pod: PodView): readonly ContainerView[] {
  return pod.containers.filter((container) => !isDescribedByName(pod, container));
}
