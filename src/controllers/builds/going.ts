import type { Plan } from '../../runtime/plan.ts';
import { settled } from '../../runtime/plan.ts';
import { deleteJob } from './finished.ts';
import type { Situation } from './situation.ts';

/**
 * A build that is being deleted does no work any more, however long somebody's finalizer keeps it: its Jobs go now, not when it
 * is gone. Until nothing of them runs it holds its slot (admission.ts).
 */
export function buildIsGoing({ jobs }: Situation): Plan {
  const left = jobs.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return left.length === 0 ? settled('BuildIsGoing') : { because: 'GoingJobsAreLeft', actions: left.map(deleteJob) };
}
