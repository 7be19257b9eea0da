import { containerAtWork } from '../../cluster-view/at-work.ts';
import { isBuilder } from '../../cluster-view/belonging.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { hasTaken } from '../../controllers/builds/builder-line.ts';
import { agentContainer } from '../../mailbox/order-reports.ts';
import { awaitsAttempt, awaitsRetry } from '../follow/awaits-retry.ts';
import { hasEnded } from '../follow/follow-build.ts';

/** The containers of an attempt, in the order they run: the first two in the build Job's Pod, the last in that of the node's agent. */
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
  /** Its log may not be read: what the NixBuild knows is told instead. */
  | { readonly type: 'status'; readonly stage: 'import' }
  /** There is nothing to read of this stage; without a text not even worth a word. */
  | { readonly type: 'pass'; readonly stage: LogStage; readonly text?: string }
  | { readonly type: 'wait' }
  | { readonly type: 'end' };

/** An agent that ends without an answer is followed by another, a builder that was there and did not begin by the build's own Job. */
export function stageKey(build: NixBuild, stage: LogStage): string {
  const { attempts = 0, buildJobName, importJobName } = build.status;
  const taken = hasTaken(build) ? buildJobName : undefined;
  const job = stage === 'import' ? importJobName : taken;
  return `${attempts} ${stage}${job === undefined ? '' : ` ${job}`}`;
}

/** Pure: the first stage of the current attempt that has not been told decides. */
export function nextLog(sight: LogSight): NextLog {
  const { build, told, follow } = sight;
  if (follow && (awaitsRetry(build) || awaitsAttempt(build))) return { type: 'wait' };
  const stage = logStages.find((candidate) => !told.has(stageKey(build, candidate)));
  if (stage === undefined) return hasEnded(build) || !follow ? { type: 'end' } : { type: 'wait' };
  if (stage === 'import') return nextOfImport(sight);
  const pod = sight.pods.build;
  return pod === undefined || pod === 'forbidden' ? withoutPod(sight, stage) : withPod(sight, stage, pod);
}

function nextOfImport(sight: LogSight): NextLog {
  const { build, follow } = sight;
  const stage = 'import';
  const isToCome = isUnderWay(build) && !wasReached(build);
  if (isToCome) return follow ? { type: 'wait' } : { type: 'pass', stage, text: 'is yet to come' };
  if (!wasReached(build)) return { type: 'pass', stage };
  const pod = sight.pods.import;
  if (pod === 'forbidden') return { type: 'status', stage };
  return pod === undefined ? withoutPod(sight, stage) : withPod(sight, stage, pod);
}

function withPod({ follow }: LogSight, stage: LogStage, pod: PodView): NextLog {
  const container = pod.containers.find(({ name }) => name === (stage === 'import' ? agentContainer : stage));
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

function notStarted(pod: PodView, { waiting }: ContainerView): string {
  const why = pod.unschedulable === '' ? (waiting ?? 'it waits for its turn') : pod.unschedulable;
  return `has not started yet: ${why}`;
}

function withoutPod({ build, told, follow }: LogSight, stage: LogStage): NextLog {
  if (podIsToCome(build, stage)) return follow ? { type: 'wait' } : { type: 'pass', stage, text: 'is yet to come' };
  // Said once for a Pod.
  const isFirst = stage !== 'build' || !told.has(stageKey(build, 'fetch'));
  return isFirst ? { type: 'pass', stage, text: goneText(build, stage) } : { type: 'pass', stage };
}

/** It may still be made in this attempt. */
function podIsToCome(build: NixBuild, stage: LogStage): boolean {
  const { status = 'Pending' } = build.status;
  return isUnderWay(build) && (stage === 'import' || status === 'Pending' || status === 'Building');
}

function isUnderWay(build: NixBuild): boolean {
  return !hasEnded(build) && build.status.nextAttemptTime === undefined;
}

function wasReached({ status }: NixBuild): boolean {
  return status.stageTimes?.importStarted !== undefined;
}

function goneText({ status }: NixBuild, stage: LogStage): string {
  if ((status.attempts ?? 0) === 0) return 'was never reached';
  if (stage === 'import') return 'is over, and so is the agent that did it: its log is gone';
  const gone = 'is over and its Pod is gone, its log with it';
  if (status.status !== 'Succeeded') return gone;
  const until = status.logKeptUntil === undefined ? '' : `, this one until ${status.logKeptUntil} at the longest`;
  return `${gone}: the build Job of a success stays for a while only${until}`;
}
