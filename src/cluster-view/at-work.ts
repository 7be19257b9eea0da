import type { ContainerView } from './container.ts';
import type { PodView } from './pod.ts';

/**
 * Containers of one of enbi's Pods work one after the other, whether the kubelet starts them so or all together: then those that come
 * after wait for those before, and do nothing when one of them fails. This is the first that has not ended well.
 */
export function containerAtWork({ containers }: PodView): ContainerView | undefined {
  return containers.find(({ terminated }) => terminated?.exitCode !== 0);
}

/** Its first container runs, or has run: one that waits for it is no beginning. */
export function hasBegun({ containers: [first] }: PodView): boolean {
  return first !== undefined && (first.running || first.terminated !== undefined);
}
