import type { JobView } from '../../cluster-view/objects.ts';
import type { Action } from '../../runtime/plan.ts';
import type { Situation } from './situation.ts';

/** One of a store's Jobs, which are in enbi's namespace. */
export function deleteJob({ metadata: { name, uid } }: JobView, { settings: { namespace } }: Situation): Action {
  return { type: 'delete', ref: { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid } };
}
