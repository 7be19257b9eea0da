import type { NixBuild } from './objects.ts';
import { ours } from './raw.ts';
import { isGoing } from './road.ts';

export const verdicts = ['success', 'failure'] as const;
export type Verdict = (typeof verdicts)[number];

/** How a build ended; undefined while it is under way. */
export function verdictOf({ status }: NixBuild): Verdict | undefined {
  if (status.status === 'Succeeded') return 'success';
  return status.status === 'Failed' || status.status === 'Cancelled' ? 'failure' : undefined;
}

/**
 * Index value: builds of a namespace that enbi made itself and that ended so. What people made is theirs to remove; what is being
 * removed, and somebody's finalizer keeps, makes room for nobody.
 */
export function historyKey(namespace: string, verdict: Verdict): string {
  return `${namespace} ${verdict}`;
}

export const historyIndexes = {
  history: (build: NixBuild): readonly string[] => {
    const verdict = verdictOf(build);
    const isRecord = verdict !== undefined && ours(build.metadata) && !isGoing(build);
    return isRecord ? [historyKey(build.metadata.namespace ?? '', verdict)] : [];
  },
};

/** Of two builds that ended, whether the first did later; those that ended together have an order too. */
export function endedAfter(a: NixBuild, b: NixBuild): boolean {
  const [endA, endB] = [endOf(a), endOf(b)];
  return endA === endB ? a.metadata.name > b.metadata.name : endA > endB;
}

/** RFC 3339 in UTC: in order of text is in order of time. */
export function endOf({ metadata, status }: NixBuild): string {
  return status.completionTime ?? metadata.creationTimestamp ?? '';
}
