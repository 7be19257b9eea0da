import { buildNamed, isBuildJobOf, workKey } from '../../cluster-view/belonging.ts';
import { verdictOf } from '../../cluster-view/history.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import { isGoing } from '../../cluster-view/road.ts';
import type { ObjectStore } from '../../runtime/store.ts';

interface KeptStores {
  readonly builds: Pick<ObjectStore<NixBuild>, 'get'>;
  readonly jobs: Pick<ObjectStore<JobView, 'tenant'>, 'by'>;
}

/** The build Jobs of a namespace that stay although their NixBuilds have succeeded, the newest first. */
export function keptJobsOf(namespace: string, { builds, jobs }: KeptStores): readonly JobView[] {
  const isOfSuccess = (job: JobView) => {
    const build = builds.get(buildNamed(job) ?? '');
    return build !== undefined && verdictOf(build) === 'success' && !isGoing(build) && isBuildJobOf(job, build);
  };
  const there = jobs.by('tenant', workKey(namespace, namespace));
  return there
    .filter((job) => job.metadata.deletionTimestamp === undefined && isOfSuccess(job))
    .toSorted((a, b) => created(b).localeCompare(created(a)));
}

function created({ metadata }: JobView): string {
  return metadata.creationTimestamp ?? '';
}
