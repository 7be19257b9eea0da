import { isBuilderOf } from '../../cluster-view/belonging.ts';
import { jobName } from '../../cluster-view/names.ts';
import type { JobView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { isActive } from '../../cluster-view/road.ts';
import type { ObjectStore } from '../../runtime/store.ts';

interface LineStores {
  readonly builds: Pick<ObjectStore<NixBuild, 'builtBy'>, 'by'>;
}

/**
 * The builds that are to be built by a Job, by its `namespace/name`, in the order in which they took it: two may take it at once. It is told of
 * the first alone; the others do without it.
 */
export function lineAt(job: string, { builds }: LineStores): readonly NixBuild[] {
  return builds
    .by('builtBy', job)
    .filter((build) => isActive(build) && build.status.status !== 'Importing')
    .toSorted(byBeginning);
}

function byBeginning(one: NixBuild, other: NixBuild): number {
  const [a = '', b = ''] = [one, other].map(
    ({ metadata, status }) => `${status.stageTimes?.buildStarted ?? ''} ${metadata.uid}`,
  );
  return a < b ? -1 : 1;
}

/** An attempt at an end that did not come from its builder: held up, too late, on a node that is silent. */
export function isGivenUp({ status: { status, nextAttemptTime, stageTimes } }: NixBuild): boolean {
  const isAtEnd = status === 'Failed' || (status === 'Pending' && nextAttemptTime !== undefined);
  return isAtEnd && stageTimes?.buildFinished === undefined;
}

/** Whether the status names a builder that was made for another build, or for this one in an attempt before. */
export function hasTaken(build: NixBuild): boolean {
  const { buildJobName } = build.status;
  return buildJobName !== undefined && buildJobName !== jobName(build);
}

/** Of the name alone anybody may write: what is not in the build's own store is none. */
export function isBuilderFor(job: JobView, store: NixStore | undefined): boolean {
  return store !== undefined && isBuilderOf(job, store);
}
