import { isBuildJobOf, isImportJobOf, workKey } from '../../cluster-view/belonging.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import type { ObjectStore } from '../../runtime/store.ts';

/** All Jobs that work for a NixBuild: builds beside it, and in enbi's namespace the imports of an enbi that had no agents. */
export function jobsOf(
  build: NixBuild,
  jobs: ObjectStore<JobView, 'build'>,
  enbiNamespace: string,
): readonly JobView[] {
  const { namespace = '', name } = build.metadata;
  const named = (where: string) => jobs.by('build', workKey(where, `${namespace}/${name}`));
  return [
    ...named(namespace).filter((job) => isBuildJobOf(job, build)),
    ...named(enbiNamespace).filter((job) => !isBuildJobOf(job, build) && isImportJobOf(job, build, enbiNamespace)),
  ];
}
