import { endOf } from '../../cluster-view/history.ts';
import { settled } from '../../runtime/plan.ts';
import type { Rule } from './situation.ts';
import { buildRef } from './status.ts';

/** Its build Jobs go with it by owner reference; those in enbi's namespace when it is seen to be gone. */
export const historyIsOver: Rule = ({ build, history, settings, now }) => {
  if (history === undefined) return undefined;
  const { keep, ageMs = Number.POSITIVE_INFINITY } = settings.history[history.verdict];
  const leftMs = Date.parse(endOf(build)) + ageMs - now.getTime();
  if (history.newer >= keep || leftMs <= 0) {
    return { because: 'HistoryIsOver', actions: [{ type: 'delete', ref: buildRef(build) }] };
  }
  return Number.isFinite(leftMs) ? { ...settled('KeptAsRecord'), recheckAfterMs: leftMs } : undefined;
};
