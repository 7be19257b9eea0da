import { type ContainerView, waitsForImage } from './container.ts';
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

/** It runs, or has run: it had its image. */
function hasBegun({ running, terminated, lastFinishedAt }: ContainerView): boolean {
  return running || terminated !== undefined || lastFinishedAt !== undefined;
}
