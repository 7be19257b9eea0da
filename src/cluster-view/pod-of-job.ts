import type { Observed } from '../runtime/kube-object.ts';
import type { ObjectStore } from '../runtime/store.ts';
import { jobKey } from './belonging.ts';
import type { PodView } from './pod.ts';

/** The newest: one that is deleted may be there beside the one that comes for it. */
export function podOfJob(job: Observed, jobPods: ObjectStore<PodView, 'job'>): PodView | undefined {
  return jobPods.by('job', jobKey(job)).toSorted(newestFirst)[0];
}

function newestFirst(a: Observed, b: Observed): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}
