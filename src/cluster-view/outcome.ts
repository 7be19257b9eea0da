import { z } from 'zod';
import type { StageFailure } from '../api/result.ts';
import { printableLine } from '../printable.ts';
import type { ContainerView } from './container.ts';
import type { JobView } from './objects.ts';
import type { PodView } from './pod.ts';

/** What became of one container of a Job's Pod; `running` also while nothing is known. */
export type Outcome<Success> =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: Success | StageFailure };

/**
 * A container's result, as a stranger's text: what does not parse is no result. What the kubelet says about the container
 * (killed for memory, evicted) comes before what the container says.
 */
export function outcomeOf<Success extends { readonly ok: true }>(
  { job, pod }: { readonly job: JobView | undefined; readonly pod: PodView | undefined },
  name: string,
  result: z.ZodType<Success | StageFailure>,
): Outcome<Success> {
  if (pod === undefined)
    return job?.failed === undefined ? { state: 'running' } : { state: 'done', result: lostWithPod(job.failed) };
  if (pod.phase === 'Failed' && pod.reason !== '') return { state: 'done', result: lost(pod) };
  const container = pod.containers.find((candidate) => candidate.name === name);
  if (container?.terminated === undefined) return { state: 'running' };
  return { state: 'done', result: resultOf(container, container.terminated, result) };
}

function resultOf<Success extends { readonly ok: true }>(
  container: ContainerView,
  terminated: NonNullable<ContainerView['terminated']>,
  schema: z.ZodType<Success | StageFailure>,
): Success | StageFailure {
  if (terminated.reason === 'OOMKilled') {
    return failure('OutOfMemory', true, `container ${container.name} was killed for using more memory than its limit`);
  }
  const parsed = schema.safeParse(parseJson(terminated.message));
  if (parsed.success && (terminated.exitCode === 0) === parsed.data.ok) return parsed.data;
  const said = printableLine(terminated.message, 300);
  return failure(
    'InvalidResult',
    false,
    `container ${container.name} ended with exit code ${terminated.exitCode} and no result that can be read${said === '' ? '' : `: ${said}`}`,
  );
}

/** The Job failed and its Pod is gone: it ran past its deadline, or somebody deleted the Pod. */
function lostWithPod({ reason, message }: NonNullable<JobView['failed']>): StageFailure {
  if (reason === 'DeadlineExceeded') return timedOut;
  return failure('PodLost', true, `the Pod was deleted before it ended (${reason}: ${printableLine(message, 300)})`);
}

const timedOut = failure(
  'BuildTimedOut',
  false,
  'the Job ran longer than it may; look at what its Pod waited for, or raise the build timeout',
);

/** Evicted, Shutdown, NodeLost, DeadlineExceeded …: the kubelet or a controller ended the Pod. */
function lost(pod: PodView): StageFailure {
  if (pod.reason === 'DeadlineExceeded') return timedOut;
  return failure(
    'PodLost',
    true,
    `Pod ${pod.metadata.name} ended with ${pod.reason}: ${printableLine(pod.message, 300)}`,
  );
}

export function failure(reason: StageFailure['reason'], retry: boolean, message: string): StageFailure {
  return { ok: false, reason, retry, message: message.slice(0, 1000) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
