import { ceilings } from '../../api/ceilings.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import { importedAt } from './imported-at.ts';
import type { Situation } from './situation.ts';

/** How long an image may stay pinned for Pods that have yet to start. */
export const pinSeconds = 600;

/**
 * Whether a Job is kept for the pin that it holds: stopping it takes the pin off. Not before its container runs, since nobody
 * would take the pin off then; that comes a moment after the import, and the Pods that wait are not kept waiting for it.
 */
export function isPinning({ metadata }: JobView, situation: Situation): boolean {
  const pin = situation.pins.find(({ job }) => job === metadata.uid);
  if (pin === undefined || pinLeftMs(situation) <= 0) return false;
  return !pin.holds || isAwaited(pin.node, situation);
}

/**
 * A pin is a Pod of enbi's own on the node, outside of the namespace's quota, for as long as somebody waits: one Pod with a hundred
 * images that never starts would fill the node with them.
 */
export function mayPin({ importsOfNamespace }: Pick<Situation, 'importsOfNamespace'>): boolean {
  return importsOfNamespace < ceilings.pins.value;
}

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

/** When to look again though nothing happens: no pin is held for ever. */
export function pinRecheck(situation: Situation): { readonly recheckAfterMs?: number } {
  const held = situation.jobs.some((job) => isPinning(job, situation));
  return held ? { recheckAfterMs: pinLeftMs(situation) } : {};
}

/** 0 when it is not known when the import ended. */
function pinLeftMs({ build, now }: Situation): number {
  const until = importedAt(build, now) + pinSeconds * 1000;
  return Math.max(until - now.getTime(), 0) || 0;
}
