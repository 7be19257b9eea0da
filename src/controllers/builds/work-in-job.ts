import type { BuilderWork } from '../../cluster-view/builder.ts';
import { verdictOf } from '../../cluster-view/history.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import { isGoing } from '../../cluster-view/road.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import { orderFor } from './build-job.ts';
import type { BuildStores } from './build-stores.ts';
import { listed } from './builder-job.ts';
import { isBuilderFor, isGivenUp, lineAt } from './builder-line.ts';
import { isolationOf } from './isolation.ts';
import type { BuildSettings } from './settings.ts';
import { storesOf } from './store-of.ts';

export interface JobWorkDeps {
  readonly stores: BuildStores;
  readonly settings: BuildSettings;
}

/**
 * What the builds that name a builder ask of it. A build's status may be what somebody wrote there: in its list is only what is to be built
 * in the very store that it has.
 */
export function workInJob(job: JobView, deps: JobWorkDeps): BuilderWork {
  const key = keyOf(job.metadata);
  const line = lineAt(key, deps.stores).filter((build) => isBuilderFor(job, storeOf(build, deps)));
  const builds = deps.stores.builds.by('builtBy', key).filter((build) => !isGoing(build));
  const [first] = line;
  return {
    order: first === undefined ? undefined : orderIn(first, deps),
    isWanted: line.length > 0,
    isGivenUp: builds.some(isGivenUp),
    isToBeRead: builds.some(isToBeRead),
    logKeptUntil: latest(builds.map(logKeptUntil)),
    doneAt: latest(builds.map(({ status }) => status.stageTimes?.buildFinished ?? status.completionTime)),
  };
}

function storeOf(build: NixBuild, { stores }: JobWorkDeps) {
  return storesOf(build, stores.namespaces.get(build.metadata.namespace ?? ''), stores).store;
}

/** Its store is known; of a node or a namespace that is gone nothing is built any more. */
function orderIn(build: NixBuild, { stores, settings }: JobWorkDeps) {
  const node = stores.nodes.get(build.status.buildNode ?? '');
  const namespace = stores.namespaces.get(build.metadata.namespace ?? '');
  if (node === undefined || namespace === undefined) return undefined;
  return listed(orderFor(build, node, isolationOf(build, { node, namespace }, settings.isolation), settings));
}

/** What is imported yet stays, to be read, when that is done. */
function isToBeRead(build: NixBuild): boolean {
  const { status, nextAttemptTime } = build.status;
  return status === 'Failed' || status === 'Importing' || (status === 'Pending' && nextAttemptTime !== undefined);
}

function logKeptUntil(build: NixBuild): string | undefined {
  return verdictOf(build) === 'success' ? build.status.logKeptUntil : undefined;
}

function latest(times: readonly (string | undefined)[]): number | undefined {
  const known = times.map((time) => Date.parse(time ?? '')).filter(Number.isFinite);
  return known.length === 0 ? undefined : Math.max(...known);
}
