import { rawOf } from '../../cluster-view/raw.ts';

/** Whether all of `ours` is in `theirs`: the API server adds defaults, and drops nothing. */
export function holds(theirs: unknown, ours: unknown): boolean {
  if (Array.isArray(ours)) {
    return Array.isArray(theirs) && theirs.length === ours.length && ours.every((each, at) => holds(theirs[at], each));
  }
  if (typeof ours !== 'object' || ours === null) return theirs === ours;
  const fields = rawOf(theirs);
  return Object.entries(ours).every(([name, value]) => value === undefined || holds(fields[name], value));
}
