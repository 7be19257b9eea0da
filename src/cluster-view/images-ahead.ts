import { type ContainerView, isStartingUp, waitsForImage } from './container.ts';
import type { PodView } from './pod.ts';

/**
 * What a Pod will need when the image that it waits for now is there: the kubelet asks for those of a Pod one after the other, init
 * containers first, and of a container those of its volumes before its own. The spec names all of them from the beginning.
 */
export function imagesAhead({ containers }: PodView): readonly ContainerView[] {
  return containers.some(waitsForImage) ? containers.filter(isAhead) : [];
}

function isAhead(container: ContainerView): boolean {
  const { list, waiting, isThere } = container;
  if (list === 'volume') return waiting === undefined && isThere !== true;
  return !hasBegun(container) && (waiting === undefined || waiting === 'PodInitializing');
}

/** The kubelet has taken the Pod, and nothing is known of its images yet. */
export function looksForImages({ containers, nodeName }: PodView): boolean {
  const ordinary = containers.filter(({ list }) => list !== 'volume');
  return nodeName !== undefined && ordinary.length > 0 && ordinary.every(isBeingMade);
}

function isBeingMade(container: ContainerView): boolean {
  return container.waiting !== undefined && isStartingUp(container) && !hasBegun(container);
}

/** It runs, or has run: it had its image. */
export function hasBegun({ running, terminated, lastFinishedAt }: ContainerView): boolean {
  return running || terminated !== undefined || lastFinishedAt !== undefined;
}
