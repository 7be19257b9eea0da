import { endedAfter, historyKey, type Verdict, verdictOf } from '../../cluster-view/history.ts';
import { imageKey } from '../../cluster-view/indexes.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** Where a build stands that is a record only: it ended, enbi made it, and no Pod names its image. */
export interface PlaceInHistory {
  readonly verdict: Verdict;
  /** How many of the same verdict in its namespace ended after it and are records only, too. */
  readonly newer: number;
}

export interface HistoryStores {
  readonly builds: ObjectStore<NixBuild, 'history'>;
  readonly pods: ObjectStore<PodView, 'image'>;
}

export function placeInHistory(build: NixBuild, stores: HistoryStores): PlaceInHistory | undefined {
  const verdict = verdictOf(build);
  if (verdict === undefined || isNamed(build, stores)) return undefined;
  const peers = stores.builds.by('history', historyKey(build.metadata.namespace ?? '', verdict));
  if (!peers.some(({ metadata }) => metadata.uid === build.metadata.uid)) return undefined;
  const newer = peers.filter((other) => endedAfter(other, build) && !isNamed(other, stores));
  return { verdict, newer: newer.length };
}

function isNamed({ metadata, spec }: NixBuild, { pods }: HistoryStores): boolean {
  return pods.has('image', imageKey(metadata.namespace ?? '', spec.imageTag));
}
