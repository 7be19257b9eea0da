import { storeNameOn } from '../../cluster-view/names.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { StatusPatch } from '../../runtime/plan.ts';
import { rfc3339, statusPatch, verdicts } from './status.ts';
import { stillHeldUp } from './still-held-up.ts';

/** The status of an attempt that begins on `node`; what the last one left behind is removed. */
export function beginAttempt(build: NixBuild, node: string, now: Date): { readonly status?: StatusPatch } {
  const words = stillHeldUp(build) ?? {
    reason: 'WaitingForStore' as const,
    message: `building on ${node}`,
    progress: `waiting for the store on ${node}`,
  };
  const change = {
    status: 'Pending' as const,
    buildNode: node,
    storeName: storeNameOn(node, build),
    buildJobName: null,
    attempts: (build.status.attempts ?? 0) + 1,
    startTime: build.status.startTime ?? rfc3339(now),
    completionTime: null,
    progress: words.progress,
    failure: null,
    stageTimes: {
      created: build.metadata.creationTimestamp ?? rfc3339(now),
      buildStarted: null,
      buildFinished: null,
      importStarted: null,
      importFinished: null,
    },
  };
  const status = statusPatch(build, change, verdicts.underWay(words.reason, words.message), now);
  return status === undefined ? {} : { status };
}

/** Stores are kept apart by namespace, if no more: who may write one's store decides what its images hold. */
export function tenantOf(build: NixBuild): string {
  return build.metadata.namespace ?? '';
}
