import { jobKey } from '../../cluster-view/belonging.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { BuildStores } from './build-stores.ts';
import { isGivenUp, lineAt } from './builder-line.ts';

type Stores = Pick<BuildStores, 'builds' | 'jobs' | 'jobPods'>;

/** Builders of a namespace that have nothing to do and may be told something, the newest first. */
export function idleBuildersOf(namespace: string, stores: Stores): readonly JobView[] {
  return stores.jobs
    .by('builders', namespace)
    .filter((job) => waits(job, stores.jobPods.by('job', jobKey(job))) && isFree(job, stores))
    .toSorted(newestFirst);
}

function waits({ ended, changed, metadata }: JobView, pods: readonly PodView[]): boolean {
  const [pod, ...others] = pods;
  if (pod === undefined || others.length > 0 || ended || changed !== undefined) return false;
  const isGoing = metadata.deletionTimestamp !== undefined || pod.metadata.deletionTimestamp !== undefined;
  return !isGoing && pod.disruption === '' && pod.containers.every(({ running }) => running);
}

/** What is done for an attempt that was given up is done still. */
function isFree({ metadata }: JobView, { builds }: Stores): boolean {
  const key = keyOf(metadata);
  return lineAt(key, { builds }).length === 0 && !builds.by('builtBy', key).some(isGivenUp);
}

function newestFirst({ metadata: a }: JobView, { metadata: b }: JobView): number {
  const [one, other] = [a, b].map(({ creationTimestamp = '', name }) => `${creationTimestamp} ${name}`);
  return (other ?? '').localeCompare(one ?? '');
}
