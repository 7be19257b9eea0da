import { keyOf, type ObjectRef } from './kube-object.ts';
import type { Action, Plan } from './plan.ts';

/** The one rendering of a plan: log line, explanation and failing test show the same text. */
export function printPlan(plan: Plan): string {
  const parts = [
    ...printActions(plan.actions),
    ...(plan.status === undefined ? [] : [`status ${printRef(plan.status.ref)}`]),
    // A correction is told to whom it corrects, which no plan knows.
    ...(plan.events ?? [])
      .filter(({ corrects }) => corrects === undefined)
      .map((event) => `${event.type.toLowerCase()} event ${event.reason}`),
    ...(plan.recheckAfterMs === undefined ? [] : [`recheck in ${plan.recheckAfterMs / 1000} s`]),
  ];
  return `${plan.because}: ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}`;
}

/** The actions alone, one text each: `create Job team/web-1`. */
export function printActions(actions: readonly Action[]): string[] {
  return actions.map((action) => `${action.type} ${printRef(targetOf(action))}`);
}

/** What an action is about. */
export function targetOf(action: Action): ObjectRef {
  if (action.type !== 'create') return action.ref;
  const { apiVersion, kind, metadata } = action.manifest;
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

function printRef(ref: ObjectRef): string {
  return `${ref.kind} ${keyOf(ref)}`;
}
