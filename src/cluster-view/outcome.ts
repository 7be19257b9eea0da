import * as z from 'zod';
import { parseReport, reportPrefix, type Said } from '../api/report.ts';
import type { StageFailure } from '../api/result.ts';
import { printableLine, shorten } from '../printable.ts';
import type { ContainerView } from './container.ts';
import type { JobView } from './objects.ts';
import type { PodView } from './pod.ts';

/** What became of one container of a Job's Pod; `running` also while nothing is known. */
export type Outcome<Success> =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: Success | StageFailure };

type Terminated = NonNullable<ContainerView['terminated']>;

interface SeenWork {
  readonly job: JobView | undefined;
  readonly pod: PodView | undefined;
  /** What containers that run have said so far, by name. */
  readonly said?: ReadonlyMap<string, Said>;
  /** Of which order the outcome is asked: a builder has others, before and after. */
  readonly order?: string | undefined;
}

/** Which order a builder's container says its end is the answer to; undefined: it says nothing of any. */
export function orderAnswered({ terminated }: ContainerView): string | undefined {
  return terminated === undefined ? undefined : parseReport(`${reportPrefix}${terminated.message}`)?.order;
}

/**
 * A container's result, as a stranger's text: what does not parse is no result. A success stands whatever the kubelet says
 * besides, and as soon as it is reported; of a failure, what the kubelet says about it (killed for memory, evicted) comes before what the
 * container says, so it counts when the container has ended. From then on the termination message alone does.
 */
export function outcomeOf<Success extends { readonly ok: true }>(
  { job, pod, said: spoken, order }: SeenWork,
  name: string,
  result: z.ZodType<Success | StageFailure>,
): Outcome<Success> {
  if (pod === undefined)
    return job?.failed === undefined ? { state: 'running' } : { state: 'done', result: lostWithPod(job, job.failed) };
  const container = pod.containers.find((candidate) => candidate.name === name);
  const said = saidBy({ container, said: spoken?.get(name), order }, result);
  if (said?.ok === true) return { state: 'done', result: said };
  if (pod.phase === 'Failed' && pod.reason !== '') return { state: 'done', result: lost(pod) };
  if (container?.terminated === undefined) return { state: 'running' };
  return { state: 'done', result: failureOf(pod, container, container.terminated, said) };
}

function saidBy<Success extends { readonly ok: true }>(
  { container, said, order }: Spoken,
  schema: z.ZodType<Success | StageFailure>,
): Success | StageFailure | undefined {
  const ended = container?.terminated;
  return ended === undefined ? successIn(said, schema) : resultIn(ended, order, schema);
}

interface Spoken extends Pick<SeenWork, 'order'> {
  readonly container: ContainerView | undefined;
  readonly said: Said | undefined;
}

function resultIn<Success extends { readonly ok: true }>(
  { message, exitCode }: Terminated,
  order: string | undefined,
  schema: z.ZodType<Success | StageFailure>,
): Success | StageFailure | undefined {
  const report = parseReport(`${reportPrefix}${message}`);
  const isAnswer = report !== undefined && report.order === order;
  const parsed = schema.safeParse(isAnswer ? report.result : parseJson(message));
  return parsed.success && (exitCode === 0) === parsed.data.ok ? parsed.data : undefined;
}

function successIn<Success extends { readonly ok: true }>(
  said: Said | undefined,
  schema: z.ZodType<Success | StageFailure>,
): Success | undefined {
  const parsed = schema.safeParse(said?.report?.result);
  return parsed.success && parsed.data.ok ? parsed.data : undefined;
}

function failureOf(pod: PodView, { name }: ContainerView, ended: Terminated, said?: StageFailure): StageFailure {
  if (ended.reason === 'OOMKilled') {
    return failure('OutOfMemory', true, `container ${name} was killed for using more memory than its limit`);
  }
  if (pod.disruption !== '') {
    return failure('PodLost', true, `Pod ${pod.metadata.name} was made to end: ${printableLine(pod.disruption, 300)}`);
  }
  if (said !== undefined) return said;
  const words = printableLine(ended.message, 300);
  const how = `exit code ${ended.exitCode}${ended.reason === '' ? '' : `, ${ended.reason}`}${words === '' ? '' : `: ${words}`}`;
  if (ended.reason === 'StartError')
    return failure('PodRefused', true, `container ${name} could not be started: ${how}`);
  if (wasKilled(ended, pod)) return failure('PodLost', true, `container ${name} was killed from outside (${how})`);
  return failure('InvalidResult', false, `container ${name} ended with no result that can be read (${how})`);
}

/** 128 + SIGKILL and 128 + SIGTERM; enbi answers the latter with a result, if it has the time. */
const killed: ReadonlySet<number> = new Set([137, 143]);

/**
 * True for what enbi itself cannot have done. What the kubelet reports of a container that died with its node or with
 * containerd: 255 and `Unknown` when containerd finds no task (internal/cri/server/restart.go), 137 and
 * `ContainerStatusUnknown` when the container is gone as well (pkg/kubelet/status/status_manager.go).
 */
function wasKilled({ exitCode, reason }: Terminated, pod: PodView): boolean {
  if (reason === 'ContainerStatusUnknown' || (reason === 'Unknown' && exitCode === 255)) return true;
  return killed.has(exitCode) || pod.metadata.deletionTimestamp !== undefined;
}

/** The Job failed and its Pod is gone: it ran past its deadline, or somebody deleted the Pod. */
function lostWithPod(job: JobView, { reason, message }: NonNullable<JobView['failed']>): StageFailure {
  if (reason === 'DeadlineExceeded') return job.hadPods ? timedOut : podRefused(job.metadata);
  return failure('PodLost', true, `the Pod was deleted before it ended (${reason}: ${printableLine(message, 300)})`);
}

export const timedOut = failure(
  'BuildTimedOut',
  false,
  'the Job ran longer than it may; look at what its Pod waited for, or, for a build, raise --build-timeout',
);

/** Evicted, Shutdown, NodeLost, DeadlineExceeded …: the kubelet or a controller ended the Pod. */
function lost(pod: PodView): StageFailure {
  if (pod.reason === 'DeadlineExceeded') return timedOut;
  const reason = pod.reason === 'Evicted' ? evictedFor(pod.message) : 'PodLost';
  return failure(reason, true, `Pod ${pod.metadata.name} ended with ${pod.reason}: ${printableLine(pod.message, 300)}`);
}

/** The kubelet's words for a node that is short of something, and for a Pod that wrote more than it may (pkg/kubelet/eviction). */
function evictedFor(message: string): StageFailure['reason'] {
  if (/ephemeral|EmptyDir|local storage|inodes/i.test(message)) return 'DiskFull';
  return /low on resource: memory/.test(message) ? 'OutOfMemory' : 'PodLost';
}

/** The Job has none, and never had one. Its events outlive it: it is deleted, lest a Pod of it come beside the next attempt's. */
export function podRefused({ name, namespace = '' }: JobView['metadata'], why = ''): StageFailure {
  if (why !== '') return failure('PodRefused', true, `no Pod of Job ${name} could be made: ${why}`);
  const command = `kubectl get events --namespace ${namespace} --field-selector involvedObject.name=${name}`;
  return failure(
    'PodRefused',
    true,
    `no Pod of Job ${name} could be made; \`${command}\` says why: a quota, a policy, …`,
  );
}

export function failure(reason: StageFailure['reason'], retry: boolean, message: string): StageFailure {
  return { ok: false, reason, retry, message: shorten(message, 1000) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
