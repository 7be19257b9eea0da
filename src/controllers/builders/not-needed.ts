import type { PodView } from '../../cluster-view/pod.ts';
import type { BuilderSettings } from './settings.ts';
import type { Situation } from './situation.ts';

/** It ends by itself when it has been idle for so long; what has not by then never will. */
const slackMs = 120_000;

/** Why a builder that nobody builds with is to go now; undefined: it may stay. */
export function whyNotNeeded(situation: Situation): string | undefined {
  const { store, pod, settings } = situation;
  if (store?.metadata.deletionTimestamp !== undefined || store?.status.ready !== 'True') return 'StoreIsNotReady';
  if (pod === undefined || hasNotBegun(pod)) return 'BuilderHasNotBegun';
  if (!isOurs(pod, settings)) return 'BuilderIsOfAnother';
  if (isInTheWay(situation)) return 'BuilderIsInTheWay';
  return leftMs(situation) <= 0 ? 'BuilderIsIdleForTooLong' : undefined;
}

/** Made by this enbi: another one's takes no order of ours. */
export function isOurs({ containers }: PodView, { image }: Pick<BuilderSettings, 'image'>): boolean {
  return containers.every((container) => container.image === image);
}

/** Until it should have ended. */
export function leftMs(situation: Situation): number {
  const { settings, now } = situation;
  return (idleSince(situation) || 0) + settings.builderIdle * 1000 + slackMs - now.getTime();
}

function hasNotBegun({ containers }: PodView): boolean {
  return containers.some(({ running, terminated }) => !running && terminated === undefined);
}

/**
 * A Pod that came while it was idle finds no room on any node. One that was there before says nothing: it may be one for which there never
 * will be room.
 */
function isInTheWay(situation: Situation): boolean {
  const since = idleSince(situation);
  return situation.unplaced.some(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') > since);
}

function idleSince({ work, job }: Situation): number {
  return work.doneAt ?? Date.parse(job.metadata.creationTimestamp ?? '');
}
