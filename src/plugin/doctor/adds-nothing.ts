import { rawOf } from '../../cluster-view/raw.ts';

/** What an API server writes into policies and bindings that do not say it (kubernetes/pkg/apis/admissionregistration/v1/defaults.go). */
const defaults: readonly unknown[] = ['matchPolicy Equivalent', 'scope *', 'failurePolicy Fail'];

/** Whether `theirs` has nothing beside `ours` but defaults: a selector or a condition more would make exceptions. */
export function addsNothing(theirs: unknown, ours: unknown): boolean {
  if (Array.isArray(theirs)) {
    const list: readonly unknown[] = Array.isArray(ours) ? ours : [];
    return theirs.length === list.length && theirs.every((each, at) => addsNothing(each, list[at]));
  }
  if (typeof theirs !== 'object' || theirs === null) return theirs === ours;
  const fields = rawOf(ours);
  return Object.entries(theirs).every(
    ([name, value]) => defaults.includes(`${name} ${String(value)}`) || addsNothing(value, fields[name]),
  );
}
