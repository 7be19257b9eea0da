import type { BuilderOrder } from '../../api/builder-order.ts';
import { apiVersion, label } from '../../api/labels.ts';
import { type BuildOrder, paths } from '../../api/order.ts';
import { isBuilderOf } from '../../cluster-view/belonging.ts';
import { builderVersion } from '../../cluster-view/builder.ts';
import { builderList } from '../../cluster-view/builder-list.ts';
import { type ContainerParts, emptyDirectory, type JobParts, jobManifest } from '../../cluster-view/job.ts';
import { longFingerprint } from '../../cluster-view/names.ts';
import type { JobView, NixStore } from '../../cluster-view/objects.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import type { SeenBuild } from './observe.ts';
import type { BuildSettings } from './settings.ts';

/**
 * The build Job that stays for other builds: what it is to do is a list, of which the first is there from the start. It has no deadline,
 * and goes with its store. Its kind is all that it is made of but
 * for the build: node, store, isolation, Secret, image, settings.
 */
export function builderJob(
  { order, ...parts }: Omit<JobParts, 'order'> & { readonly order: BuildOrder },
  store: NixStore,
  settings: BuildSettings,
): Manifest {
  const { name, uid } = store.metadata;
  const owner = { apiVersion, kind: 'NixStore', name, uid, controller: true, blockOwnerDeletion: false };
  const { namespace = '', name: job, labels, annotations } = parts.metadata;
  const made = { namespace, ownerReferences: [owner] };
  const volumes = [...parts.volumes, emptyDirectory(handback, '64Mi')];
  const staying: JobParts = { ...parts, metadata: { ...made, name: '' }, order: 'listed', volumes };
  const kind = longFingerprint(JSON.stringify(jobManifest(staying)));
  return jobManifest({
    ...staying,
    metadata: { ...made, name: job, labels: { ...labels, [label.builder]: kind }, ...(annotations && { annotations }) },
    firstList: builderList(listed(order), builderVersion(settings)),
  });
}

export function listed({ id, ...build }: BuildOrder): BuilderOrder {
  return { id, build };
}

/** One that may do what a Job would be made for. */
export function idleBuilderFor(
  { metadata }: Manifest,
  { idleBuilders, store }: Pick<SeenBuild, 'idleBuilders' | 'store'>,
): JobView | undefined {
  const kind = metadata.labels?.[label.builder];
  if (kind === undefined || store === undefined) return undefined;
  return idleBuilders.find((job) => job.metadata.labels?.[label.builder] === kind && isBuilderOf(job, store));
}

/** By which `build` tells `fetch` how far it is. */
const handback = 'handback';

type Step = 'fetch' | 'build';

/** What runs in a container of a build Job. */
export function entryOf(step: Step, settings: BuildSettings): Pick<ContainerParts, 'command' | 'args' | 'environment'> {
  const { builderIdle } = settings;
  if (builderIdle === 0) return { args: [step] };
  return {
    command: paths.builderLoop,
    args: [step, `${builderIdle}`],
    environment: { ENBI_VERSION: builderVersion(settings) },
  };
}

export function handbackMounts(step: Step, { builderIdle }: BuildSettings): readonly object[] {
  if (builderIdle === 0) return [];
  return [{ name: handback, mountPath: paths.handback, ...(step === 'fetch' ? { readOnly: true } : {}) }];
}
