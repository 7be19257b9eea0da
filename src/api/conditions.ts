import * as z from 'zod';
import { ceilings } from './ceilings.ts';
import { type Reason, reasons } from './reasons.ts';

/** A Kubernetes condition; the types follow kstatus (Ready, Reconciling, Stalled). */
export const Condition = z.object({
  type: z.enum(['Ready', 'Reconciling', 'Stalled', 'Complete', 'Success']),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.enum(reasons),
  message: z.string().max(ceilings.message.value),
  lastTransitionTime: z.iso.datetime(),
  observedGeneration: z.number().int().min(0).optional(),
});
export type Condition = z.infer<typeof Condition>;
/** One of each type. */
export const Conditions = z.array(Condition).max(8);
export type ConditionType = Condition['type'];

/** A condition as a decision states it; the time of the transition is worked out when it is merged. */
export interface Verdict {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/**
 * The conditions after a pass: exactly those of `verdicts` (kstatus reads a condition that is absent as not applying),
 * with the old transition time where the status did not change. `now` is an RFC 3339 time.
 */
export function mergeConditions(
  before: readonly Condition[],
  verdicts: readonly Verdict[],
  generation: number,
  now: string,
): Condition[] {
  return verdicts.map((verdict) => {
    const old = before.find((condition) => condition.type === verdict.type);
    const lastTransitionTime = old !== undefined && old.status === verdict.status ? old.lastTransitionTime : now;
    return { ...verdict, message: cut(verdict.message), lastTransitionTime, observedGeneration: generation };
  });
}

function cut(message: string): string {
  const { value } = ceilings.message;
  return message.length <= value ? message : `${message.slice(0, value - 1).toWellFormed()}…`;
}
