import type { BuildMetrics } from '../adapters/prometheus/build-metrics.ts';
import { isBuilder } from '../cluster-view/belonging.ts';
import type { JobView } from '../cluster-view/objects.ts';
import { podOfJob } from '../cluster-view/pod-of-job.ts';
import type { Stores } from '../cluster-view/stores.ts';
import { isOurs } from '../controllers/builders/not-needed.ts';
import type { BuilderSettings } from '../controllers/builders/settings.ts';
import { lineAt } from '../controllers/builds/builder-line.ts';
import { keyOf } from '../runtime/kube-object.ts';

type BuilderStores = Pick<Stores, 'jobs' | 'jobPods' | 'builds'>;
type State = 'idle' | 'busy' | 'otherVersion';

/** Builders that run, by what they do. */
export function countBuilders(
  stores: BuilderStores,
  metrics: Pick<BuildMetrics, 'countBuilders'>,
  settings: Pick<BuilderSettings, 'image'>,
): void {
  metrics.countBuilders(() => {
    const counts = new Map<State, number>([
      ['idle', 0],
      ['busy', 0],
      ['otherVersion', 0],
    ]);
    for (const job of stores.jobs.list().filter(isBuilder)) {
      const state = stateOf(job, stores, settings);
      if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  });
}

/** Undefined: it has not begun, or has ended. */
function stateOf(job: JobView, stores: BuilderStores, settings: Pick<BuilderSettings, 'image'>): State | undefined {
  const pod = podOfJob(job, stores.jobPods);
  if (pod === undefined || !pod.containers.every(({ running }) => running)) return undefined;
  if (!isOurs(pod, settings)) return 'otherVersion';
  return lineAt(keyOf(job.metadata), stores).length > 0 ? 'busy' : 'idle';
}
