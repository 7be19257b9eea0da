import { ceilings } from '../../api/ceilings.ts';
import { StorePath } from '../../api/result.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NodeWork, WantedImport } from '../../cluster-view/node-work.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { isGoing } from '../../cluster-view/road.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import type { BuildStores } from './build-stores.ts';
import { importOrder, pinOrder } from './import-order.ts';
import { inTurns, longestFirst } from './in-turns.ts';
import type { NameClaims } from './name-claims.ts';
import { mayHaveName, nameToRecord } from './name-taken.ts';
import { lastingRefusalOf } from './node-fit.ts';
import { buildJobAndPod } from './observe-job.ts';
import { isAwaited, pinLeftMs } from './pinning.ts';
import { isRecorded } from './recorded-import.ts';
import type { BuildSettings } from './settings.ts';
import { storesOf } from './store-of.ts';
import { waitingPodsOf } from './waiting-pods.ts';

export interface WorkDeps {
  readonly stores: BuildStores;
  readonly names: Pick<NameClaims, 'isTaken'>;
  readonly settings: BuildSettings;
  readonly now: Date;
}

/**
 * What the builds that a node has ask of its agent. A build's status may be what somebody wrote there: whatever keeps one tenant from
 * another is asked here again, and what does not pass is in no list.
 */
export function workOnNode(name: string, deps: WorkDeps): NodeWork {
  const node = deps.stores.nodes.get(name);
  if (node === undefined) return noWork;
  const builds = deps.stores.builds.by('node', name).filter((build) => mayAsk(build, deps.now));
  const pinned = pinnedOn(name, builds, deps);
  const left = inTurns(builds.filter((build) => build.status.status === 'Succeeded' && pinned.has(build)));
  const pinLeft = left.map((build) => pinLeftMs(build, deps.now));
  return {
    isComing: builds.some((build) => isComing(build, node, deps)),
    isForBuilds: lastingRefusalOf(node, nativeSystem(node) ?? '', deps.settings) === undefined,
    imports: wantedImports(builds, node, { ...deps, pinned }),
    pins: left.map(pinOrder),
    ...(pinLeft.length === 0 ? {} : { recheckAfterMs: Math.min(...pinLeft) }),
  };
}

/** Most that are on a node are mere records of it. */
function mayAsk(build: NixBuild, now: Date): boolean {
  const { status } = build.status;
  if (isGoing(build)) return false;
  return status === 'Building' || status === 'Importing' || (status === 'Succeeded' && pinLeftMs(build, now) > 0);
}

const noWork: NodeWork = { isComing: false, isForBuilds: false, imports: [], pins: [] };

function isComing(build: NixBuild, node: NodeView, deps: WorkDeps): boolean {
  const { status } = build.status;
  return (status === 'Building' || status === 'Importing') && mayBeOn(node, build, deps);
}

/** A node that is none for builds any more keeps what it has. */
function mayBeOn(node: NodeView, build: NixBuild, { stores, settings }: WorkDeps): boolean {
  return (
    buildJobAndPod(build, stores).job !== undefined || lastingRefusalOf(node, build.spec.system, settings) === undefined
  );
}

interface ImportDeps extends WorkDeps {
  readonly pinned: ReadonlySet<NixBuild>;
}

/** Of one namespace no more than may be under way on a node in all: where there are more, somebody wrote so. */
function wantedImports(builds: readonly NixBuild[], node: NodeView, deps: ImportDeps): readonly WantedImport[] {
  const wanted = new Map(builds.map((build) => [build, wantedImport(build, node, deps)]));
  const valid = builds.filter((build) => wanted.get(build) !== undefined);
  return inTurns(valid, deps.settings.maxBuildsPerNode).flatMap((build) => wanted.get(build) ?? []);
}

function wantedImport(build: NixBuild, node: NodeView, deps: ImportDeps): WantedImport | undefined {
  const { stores, names, settings, pinned, now } = deps;
  const { status, outPath, importJobName = '' } = build.status;
  if (status !== 'Importing' || !isRecorded(build, importJobName, now) || !mayBeOn(node, build, deps)) return undefined;
  const { store } = storesOf(build, stores.namespaces.get(build.metadata.namespace ?? ''), stores);
  const path = StorePath.safeParse(outPath);
  if (store === undefined || !path.success || nameToRecord(build, store) !== undefined) return undefined;
  if (!mayHaveName(build, settings) || names.isTaken(build)) return undefined;
  const wish = { outPath: path.data, pinned: pinned.has(build) };
  return { agent: importJobName, order: importOrder(build, store, wish, settings) };
}

/**
 * Those whose images are to stay on the node until the Pods that wait for them have started. Of one namespace so many at most: one Pod
 * with a hundred images that never starts would fill the node with them.
 */
function pinnedOn(node: string, builds: readonly NixBuild[], { stores }: WorkDeps): ReadonlySet<NixBuild> {
  const ofNamespace = new Map<string, number>();
  const mayPin = (build: NixBuild) => {
    return build.status.status !== 'Building' && isAwaited(node, { build, waiting: waitingPodsOf(build, stores) });
  };
  const pinned = builds.toSorted(longestFirst).filter((build) => {
    const { namespace = '' } = build.metadata;
    const count = ofNamespace.get(namespace) ?? 0;
    if (count >= ceilings.pins.value || !mayPin(build)) return false;
    ofNamespace.set(namespace, count + 1);
    return true;
  });
  return new Set(pinned);
}
