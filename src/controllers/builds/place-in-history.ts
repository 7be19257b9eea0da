import { isAskedFor } from '../../cluster-view/asking.ts';
import { endedAfter, historyKey, type Verdict, verdictOf } from '../../cluster-view/history.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** Where a build stands that is a record only: it ended, enbi made it, and no Pod asks for it. */
export interface PlaceInHistory {
  readonly verdict: Verdict;
  /** How many of the same verdict in its namespace ended after it and are records only, too. */
  readonly newer: number;
}

export interface HistoryStores {
  readonly builds: ObjectStore<NixBuild, 'history'>;
  readonly pods: ObjectStore<PodView, 'asks'>;
}

export function placeInHistory(build: NixBuild, stores: HistoryStores): PlaceInHistory | undefined {
  const verdict = verdictOf(build);
  if (verdict === undefined || isAskedFor(build, stores.pods)) return undefined;
  const peers = stores.builds.by('history', historyKey(build.metadata.namespace ?? '', verdict));
  if (!peers.some(({ metadata }) => metadata.uid === build.metadata.uid)) return undefined;
  const newer = peers.filter((other) => endedAfter(other, build) && !isAskedFor(other, stores.pods));
  return { verdict, newer: newer.length };
}
