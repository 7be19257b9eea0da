import { mergeConditions, type Verdict } from '../../api/conditions.ts';
import { apiVersion } from '../../api/labels.ts';
import type { BuildFailure, NixBuildStatus } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { sameJson } from '../../cluster-view/same-json.ts';
import type { ObjectRef } from '../../runtime/kube-object.ts';
import type { StatusPatch } from '../../runtime/plan.ts';
import type { BuildSettings } from './settings.ts';

export type Clearable<T> = { readonly [Field in keyof T]?: T[Field] | null };

/** Fields to set; null removes one, also within a failure, the times and what was built: the status is merged, and older values would stay. */
export type StatusChange = Clearable<
  Omit<NixBuildStatus, 'built' | 'failure' | 'stageTimes'> & {
    built: Clearable<NonNullable<NixBuildStatus['built']>>;
    failure: Clearable<BuildFailure>;
    stageTimes: Clearable<NonNullable<NixBuildStatus['stageTimes']>>;
  }
>;

export function buildRef(build: NixBuild): ObjectRef & { uid: string } {
  const { name, namespace, uid } = build.metadata;
  return { apiVersion, kind: 'NixBuild', name, uid, ...(namespace === undefined ? {} : { namespace }) };
}

/** Conditions as kstatus reads them: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */
export const verdicts = {
  underWay: (reason: Reason, message: string): readonly Verdict[] => [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Reconciling', status: 'True', reason, message },
  ],
  succeeded: (message: string): readonly Verdict[] => [
    { type: 'Ready', status: 'True', reason: 'ImageReady', message },
    { type: 'Complete', status: 'True', reason: 'ImageReady', message },
    { type: 'Success', status: 'True', reason: 'ImageReady', message },
  ],
  failed: ({ reason, message }: Pick<BuildFailure, 'reason' | 'message'>): readonly Verdict[] => [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Stalled', status: 'True', reason, message },
    { type: 'Complete', status: 'True', reason, message },
    { type: 'Success', status: 'False', reason, message },
  ],
};

/** The same words for every build and as long as it waits: each other message would be another write. */
export function waitingForTurn({ maxBuilds, maxBuildsPerNode }: BuildSettings): string {
  return `waits for its turn: at most ${maxBuilds} builds run at once, ${maxBuildsPerNode} of them on one node`;
}

/** The same in a column of a table. */
export const turnProgress = 'waiting for its turn';

/**
 * The status patch for a change, or undefined when it would change nothing: an unchanged status is not written, so a pass
 * that finds nothing new causes no event and no other pass.
 */
export function statusPatch(
  build: NixBuild,
  change: StatusChange,
  conditions: readonly Verdict[],
  now: Date,
): StatusPatch | undefined {
  const generation = build.metadata.generation ?? 0;
  const merged = mergeConditions(build.status.conditions ?? [], conditions, generation, rfc3339(now));
  const status = { ...change, observedGeneration: generation, conditions: merged };
  if (!differs(build.status, status)) return undefined;
  return { ref: buildRef(build), resourceVersion: build.metadata.resourceVersion, status };
}

function differs(before: Readonly<Record<string, unknown>>, after: StatusChange): boolean {
  return Object.entries(after).some(([field, value]) => !sameJson(before[field], value));
}

export function rfc3339(time: Date): string {
  return time.toISOString();
}
