import type { Manifest, ObjectRef } from './kube-object.ts';

/**
 * What a decision asks for. A plan is data: `apply.ts` is its one interpreter, `printPlan` its one rendering (log line,
 * explanation and failing test show the same text).
 */
export interface Plan<Because extends string = string> {
  /** The rule's reason: why this and nothing else. */
  readonly because: Because;
  /** In order; each may be repeated. */
  readonly actions: readonly Action[];
  /** Written after the actions, as one merge patch of the status subresource; absent: the status is as it should be. */
  readonly status?: StatusPatch;
  /** Emitted last: what they tell has happened by then. */
  readonly events?: readonly Event[];
  /** What has been refused so far is not wanted any more: what is remembered of it goes. */
  readonly givesUp?: true;
  /** Look again after so many milliseconds although nothing was seen to change. */
  readonly recheckAfterMs?: number;
}

export type Action =
  /**
   * Idempotent: an object of this name that is ours (same owner uids and labels) and holds what is asked for is success, any other
   * is `NameTaken`. With `replaces`, one that is ours by owner and label and holds something else is deleted, to be made anew.
   */
  | { readonly type: 'create'; readonly manifest: Manifest; readonly replaces?: true }
  /** JSON merge patch; `ref.uid` is a precondition. Gone already is success. */
  | { readonly type: 'patch'; readonly ref: ObjectRef; readonly patch: object }
  /** Background propagation; `ref.uid` is a precondition. Gone already is success. */
  | { readonly type: 'delete'; readonly ref: ObjectRef & { readonly uid: string } };

export interface StatusPatch {
  /** With `uid` and the `resourceVersion` the decision was made on: a conflict means run again. */
  readonly ref: ObjectRef & { readonly uid: string };
  readonly resourceVersion: string;
  /** The whole status; keys whose value is null are removed (JSON merge patch). */
  readonly status: object;
}

export interface Event {
  readonly type: 'Normal' | 'Warning';
  readonly regarding: ObjectRef & { readonly uid: string };
  readonly reason: string;
  /** For people: what is wrong, where, what to do. At most 1024 characters are kept. */
  readonly message: string;
  /** Told only after the object was told something for one of these reasons, which is then no longer true, and told anew when it is true again. */
  readonly corrects?: readonly string[];
}

/** A plan that does nothing, with the reason why. */
export function settled<Because extends string>(because: Because): Plan<Because> {
  return { because, actions: [] };
}
