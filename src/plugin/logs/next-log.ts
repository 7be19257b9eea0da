import { containerAtWork } from '../../cluster-view/at-work.ts';
import { isBuilder } from '../../cluster-view/belonging.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { awaitsAttempt, awaitsRetry } from '../follow/awaits-retry.ts';
import { hasEnded } from '../follow/follow-build.ts';

/** The containers of an attempt, in the order they run: the first two in the build Job's Pod, the last by the node's agent. */
export const logStages = ['fetch', 'build', 'import'] as const;
export type LogStage = (typeof logStages)[number];
export type JobKind = 'build' | 'import';

/** Of a Pod in enbi's namespace, whoever runs the command may be allowed to see nothing. */
export type SeenPod = PodView | undefined | 'forbidden';

export interface LogSight {
  readonly build: NixBuild;
  readonly pods: Readonly<Record<JobKind, SeenPod>>;
  /** What has been told already, as `stageKey` names it. */
  readonly told: ReadonlySet<string>;
  readonly follow: boolean;
}

/** What to do next so that every log is told once, in order. */
export type NextLog =
  | { readonly type: 'read'; readonly stage: LogStage; readonly pod: PodView }
  /** There is nothing to read of this stage; without a text not even worth a word. */
  | { readonly type: 'pass'; readonly stage: LogStage; readonly text?: string }
  | { readonly type: 'wait' }
  | { readonly type: 'end' };

export function stageKey({ status }: NixBuild, stage: LogStage): string {
  return `${status.attempts ?? 0} ${stage}`;
}

export function jobOf(stage: LogStage): JobKind {
  return stage === 'fetch' || stage === 'build' ? 'build' : 'import';
}

/** Pure: the first stage of the current attempt that has not been told decides. */
export function nextLog(sight: LogSight): NextLog {
  const { build, told, follow } = sight;
  if (follow && (awaitsRetry(build) || awaitsAttempt(build))) return { type: 'wait' };
  const stage = logStages.find((candidate) => !told.has(stageKey(build, candidate)));
  if (stage === undefined) return hasEnded(build) || !follow ? { type: 'end' } : { type: 'wait' };
  const pod = sight.pods[jobOf(stage)];
  if (pod === 'forbidden') return withoutRight(stage);
  return pod === undefined ? withoutPod(sight, stage) : withPod(sight, stage, pod);
}

function withoutRight(stage: LogStage): NextLog {
  return { type: 'pass', stage, text: 'you may not look at Pods in the namespace of enbi, where the import runs' };
}

function withPod({ build, follow }: LogSight, stage: LogStage, pod: PodView): NextLog {
  if (stage === 'import') return { type: 'pass', stage, text: inAgent(build, pod) };
  const container = pod.containers.find(({ name }) => name === stage);
  if (container === undefined) return { type: 'pass', stage };
  const working = waitedFor(pod, container);
  // An earlier container failed: this one never began.
  if (working?.terminated !== undefined) return { type: 'pass', stage };
  if (working !== undefined && !follow) return { type: 'pass', stage, text: `waits for ${working.name}` };
  if (container.running || container.terminated !== undefined) return { type: 'read', stage, pod };
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') return { type: 'pass', stage };
  return follow ? { type: 'wait' } : { type: 'pass', stage, text: notStarted(pod, container) };
}

/** The container before this one that has not ended well. Those of a builder run all the time. */
function waitedFor(pod: PodView, container: ContainerView): ContainerView | undefined {
  const working = containerAtWork(pod);
  const isBefore = working !== undefined && pod.containers.indexOf(working) < pod.containers.indexOf(container);
  return isBefore && !isBuilder(pod) ? working : undefined;
}

/** It stands there among those of other builds, and goes on. */
function inAgent({ metadata: { uid }, status }: NixBuild, { metadata: { namespace = '', name } }: PodView): string {
  return `stands in the log of the node's agent: kubectl logs --namespace ${namespace} ${name} | grep -F ${uid}-${status.attempts ?? 0}`;
}

function notStarted(pod: PodView, { waiting }: ContainerView): string {
  const why = pod.unschedulable === '' ? (waiting ?? 'it waits for its turn') : pod.unschedulable;
  return `has not started yet: ${why}`;
}

function withoutPod({ build, told, follow }: LogSight, stage: LogStage): NextLog {
  if (isToCome(build, jobOf(stage))) return follow ? { type: 'wait' } : { type: 'pass', stage, text: 'is yet to come' };
  // Said once for a Job.
  const isFirst = stage === 'fetch' || (stage === 'import' && wasReached(build, 'import'));
  const firstOfJob = stage === 'build' ? !told.has(stageKey(build, 'fetch')) : isFirst;
  return firstOfJob ? { type: 'pass', stage, text: goneText(build, jobOf(stage)) } : { type: 'pass', stage };
}

/** The Job's Pod may still be made in this attempt. */
function isToCome(build: NixBuild, job: JobKind): boolean {
  const { status = 'Pending', nextAttemptTime } = build.status;
  if (hasEnded(build) || nextAttemptTime !== undefined) return false;
  return job === 'import' || status === 'Pending' || status === 'Building';
}

function wasReached({ status }: NixBuild, job: JobKind): boolean {
  return job === 'build' || status.stageTimes?.importStarted !== undefined;
}

function goneText({ status }: NixBuild, job: JobKind): string {
  if ((status.attempts ?? 0) === 0) return 'was never reached';
  const gone = 'is over and its Pod is gone, its log with it';
  if (status.status !== 'Succeeded') return gone;
  if (job === 'import') return 'is over, and so is the agent that did it, its log with it';
  const until = status.logKeptUntil === undefined ? '' : `, this one until ${status.logKeptUntil} at the longest`;
  return `${gone}: the build Job of a success stays for a while only${until}`;
}
