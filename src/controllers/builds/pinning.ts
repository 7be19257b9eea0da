import type { ContainerView } from '../../cluster-view/container.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { importedAt } from './imported-at.ts';
import type { Situation } from './situation.ts';

/** How long an image may stay pinned for Pods that have yet to start. */
export const pinSeconds = 600;

/** Whether the image is still to be used on a node: by a Pod that waits for it, or whose init containers run so far. */
export function isAwaited(node: string, { build, waiting }: Pick<Situation, 'build' | 'waiting'>): boolean {
  const isStarting = ({ image, waiting: reason, pullPolicy }: ContainerView) =>
    // What crashes has run: its container, dead or alive, keeps the image from being collected.
    image === build.spec.imageTag && reason !== undefined && reason !== 'CrashLoopBackOff' && pullPolicy !== 'Always';
  const willBe = ({ image, pullPolicy }: ContainerView) => image === build.spec.imageTag && pullPolicy !== 'Always';
  return waiting.some(
    (pod) =>
      pod.nodeName === node &&
      pod.metadata.deletionTimestamp === undefined &&
      (pod.containers.some(isStarting) || imagesAhead(pod).some(willBe)),
  );
}

/** No pin is held for ever; 0 when it is not known when the import ended. */
export function pinLeftMs(build: NixBuild, now: Date): number {
  const until = importedAt(build, now) + pinSeconds * 1000;
  return Math.max(until - now.getTime(), 0) || 0;
}
