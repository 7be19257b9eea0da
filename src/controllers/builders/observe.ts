import { isBuilder, isBuilderOf, jobKey, storeNamed } from '../../cluster-view/belonging.ts';
import type { BuilderWork } from '../../cluster-view/builder.ts';
import type { JobView, NixStore } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Reports } from '../../mailbox/reports.ts';
import { type Observed, splitKey } from '../../runtime/kube-object.ts';
import type { ObjectStore } from '../../runtime/store.ts';

export interface BuilderStores {
  readonly jobs: ObjectStore<JobView, 'builders'>;
  readonly jobPods: ObjectStore<PodView, 'job' | 'unplaced'>;
  readonly pods: ObjectStore<PodView, 'unplaced'>;
  readonly stores: ObjectStore<NixStore>;
}

/** Everything a decision about one builder needs. */
export interface SeenBuilder {
  readonly job: JobView;
  readonly pod: PodView | undefined;
  /** The one that it builds in; undefined: it is gone. */
  readonly store: NixStore | undefined;
  readonly work: BuilderWork;
  /** What it reports is heard. If not, it ends with what it is told, so that the kubelet tells. */
  readonly isHeard: boolean;
  /** Others of its namespace that have ended as well, and later. */
  readonly newerEnded: number;
  /** Pods for which there is no room on a node, as far as enbi sees them. */
  readonly unplaced: readonly Observed[];
}

export interface BuilderObservation {
  readonly stores: BuilderStores;
  readonly reports: Pick<Reports, 'hears'>;
  readonly workIn: (job: JobView) => BuilderWork;
}

export function observeBuilder(key: string, { stores, reports, workIn }: BuilderObservation): SeenBuilder | undefined {
  const job = stores.jobs.get(key);
  if (job === undefined || !isBuilder(job)) return undefined;
  const pod = stores.jobPods.by('job', jobKey(job))[0];
  const { namespace } = splitKey(key);
  const others = stores.jobs.by('builders', namespace).filter(({ ended }) => ended);
  return {
    job,
    pod,
    store: storeOf(job, stores),
    work: workIn(job),
    isHeard: pod === undefined || reports.hears(pod),
    newerEnded: others.filter((other) => created(other) > created(job)).length,
    unplaced: [...stores.pods.by('unplaced', ''), ...stores.jobPods.by('unplaced', '')],
  };
}

function storeOf(job: JobView, { stores }: BuilderStores): NixStore | undefined {
  const store = stores.get(storeNamed(job) ?? '');
  return store !== undefined && isBuilderOf(job, store) ? store : undefined;
}

function created({ metadata: { creationTimestamp = '', name } }: JobView): string {
  return `${creationTimestamp} ${name}`;
}
