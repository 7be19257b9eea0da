import { type ContainerView, cannotUseImage, waitsForImage } from '../../cluster-view/container.ts';
import { imagesLeft, undescribed } from '../../cluster-view/described.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';

/**
 * Which image the annotation without a suffix is about, where a mesh or the like has put containers of its own beside those of the
 * Pod's author: the one that is missing, once all others are there. Not another one than enbi was asked for before: else a registry
 * that is away for a moment would have the sidecar's image made from the author's flake.
 */
export function imagesMeant(pod: PodView, builds: readonly NixBuild[]): ReadonlySet<string> {
  const left = imagesLeft(pod);
  if (left.size < 2) return left;
  const built = new Set(builds.map(({ spec }) => spec.imageTag).filter((image) => left.has(image)));
  if (built.size > 0) return built.size === 1 ? built : left;
  const missing = imagesMissing(pod);
  return missing.size === 1 && othersOf(pod, missing).every(hasImage) ? missing : left;
}

/** One is missing, and the others are being looked for: they say in a moment whether there is only one. */
export function isSoonKnown(pod: PodView): boolean {
  const missing = imagesMissing(pod);
  const others = othersOf(pod, missing);
  return (
    missing.size === 1 && others.some(isBeingMade) && others.every((other) => hasImage(other) || isBeingMade(other))
  );
}

/** Of containers: nobody adds volumes that are images, and the kubelet does not say that it has one. */
function imagesMissing(pod: PodView): ReadonlySet<string> {
  const waiting = undescribed(pod).filter(waitsForImage);
  return new Set(waiting.filter(({ list }) => list !== 'volume').map(({ image }) => image));
}

function othersOf(pod: PodView, missing: ReadonlySet<string>): readonly ContainerView[] {
  return undescribed(pod).filter(({ image }) => !missing.has(image));
}

/**
 * The kubelet has seen to the image before it says why else a container waits (startContainer in
 * kubernetes/pkg/kubelet/kuberuntime/kuberuntime_container.go).
 */
function hasImage(container: ContainerView): boolean {
  const { list, running, terminated, lastFinishedAt, waiting = '' } = container;
  if (list === 'volume') return false;
  if (running || terminated !== undefined || lastFinishedAt !== undefined) return true;
  return !isUnknown.has(waiting) && !waitsForImage(container) && !cannotUseImage(container);
}

/** Nothing is known of the image yet. */
const isUnknown = new Set(['', 'ContainerCreating', 'PodInitializing']);

/** The kubelet says next what becomes of its image; of one that waits for an init container it says nothing. */
function isBeingMade({ list, waiting }: ContainerView): boolean {
  return list !== 'volume' && waiting === 'ContainerCreating';
}
