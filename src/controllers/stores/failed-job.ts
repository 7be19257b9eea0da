import type { JobView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Plan } from '../../runtime/plan.ts';
import { deleteJob } from './delete-job.ts';
import type { Situation } from './situation.ts';

const keptMs = 60_000;

interface Failed {
  readonly job: JobView;
  readonly pod: PodView | undefined;
}

/** It stays for a minute to be looked at; then it is removed, once, and when it is gone another try begins. */
export function failedJobGoes(
  { job, pod }: Failed,
  situation: Situation,
): Partial<Pick<Plan, 'actions' | 'recheckAfterMs'>> {
  if (job.metadata.deletionTimestamp !== undefined) return {};
  const finished = Date.parse(pod?.containers[0]?.terminated?.finishedAt ?? '') || 0;
  const isOver = situation.now.getTime() >= finished + keptMs;
  return isOver ? { actions: [deleteJob(job, situation)] } : { recheckAfterMs: keptMs };
}
