import type { BuildMetrics, StageEnd } from '../adapters/prometheus/build-metrics.ts';
import { label } from '../api/labels.ts';
import type { NixBuild } from '../cluster-view/objects.ts';
import type { PodView } from '../cluster-view/pod.ts';
import type { Change, ObjectStore } from '../runtime/store.ts';

/** Counts what becomes of builds, in the replica that works: in the sum over replicas each end counts once. */
export function countBuilds(
  builds: Pick<ObjectStore<NixBuild>, 'list' | 'subscribe'>,
  metrics: BuildMetrics,
  leads: () => boolean,
): void {
  metrics.countBuilds(() => byStatus(builds.list()));
  builds.subscribe((change) => {
    if (!leads()) return;
    for (const end of endsIn(change)) metrics.stageEnded(end);
    if (!hasSucceeded(change)) return;
    const { startTime, completionTime, stageTimes } = change.after?.status ?? {};
    const inAll = secondsBetween(startTime, completionTime);
    const importing = secondsBetween(stageTimes?.importStarted, stageTimes?.importFinished);
    if (inAll !== undefined) metrics.buildSucceeded(inAll);
    if (importing !== undefined) metrics.imageLoaded(importing);
  });
}

/** Pods that run as the agent of a node: those in enbi's namespace alone, where no tenant makes any. */
export function countAgents(
  pods: Pick<ObjectStore<PodView>, 'list'>,
  metrics: BuildMetrics,
  enbiNamespace: string,
): void {
  const isAgent = ({ metadata: { namespace, labels = {} } }: PodView) =>
    namespace === enbiNamespace && labels[label.agentOf] !== undefined;
  metrics.countAgents(() => pods.list().filter((pod) => pod.phase === 'Running' && isAgent(pod)).length);
}

function byStatus(builds: readonly NixBuild[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { status } of builds) {
    const phase = status.status ?? 'Pending';
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}

/** An attempt's failure stays in the status until the next one succeeds, so it is told apart by the attempt and the time. */
function endsIn({ before, after }: Change<NixBuild>): readonly StageEnd[] {
  if (before === undefined || after === undefined) return [];
  const [was, is] = [before.status, after.status];
  const { failure } = is;
  if (failure !== undefined && JSON.stringify(failure) !== JSON.stringify(was.failure))
    return [{ stage: failure.stage, outcome: failure.reason }];
  if (was.status === is.status) return [];
  if (is.status === 'Importing' && was.status === 'Building') return [{ stage: 'Build', outcome: 'Succeeded' }];
  if (is.status === 'Succeeded') return [{ stage: 'Import', outcome: 'Succeeded' }];
  return is.status === 'Cancelled' ? [{ stage: was.status ?? 'Pending', outcome: 'Cancelled' }] : [];
}

function hasSucceeded({ before, after }: Change<NixBuild>): boolean {
  return after?.status.status === 'Succeeded' && before !== undefined && before.status.status !== 'Succeeded';
}

function secondsBetween(start = '', end = ''): number | undefined {
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}
