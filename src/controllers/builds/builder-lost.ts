import { orderAnswered } from '../../cluster-view/outcome.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { refusedWords } from '../../cluster-view/refused.ts';
import { hasTaken } from './builder-line.ts';
import { orderId } from './names.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, statusPatch } from './status.ts';

/** A builder takes an order within a second. What has not begun by then is not waited for. */
const beginsWithinMs = 60_000;
/** Between a builder's being chosen and its having the order it may end. */
const toldWithinMs = 5000;

/**
 * The builder that it took ended before it was told, failed with what it built before, or was taken by another build as well: it goes on with
 * a Job of its own. Nothing has failed, and it counts as no attempt.
 */
export const builderIsLost: Rule = (situation) => {
  const { build, now } = situation;
  if (!hasTaken(build) || !isLost(situation)) return undefined;
  const status = statusPatch(build, { buildJobName: null }, build.status.conditions ?? [], now);
  return { because: 'BuilderIsLost', actions: [], ...(status === undefined ? {} : { status }) };
};

/** Nobody mends that by waiting, and what is told in the Pod of its own Job takes no write. */
export const builderIsNotTold: Rule = (situation) => {
  const { build, builder, buildJob, now } = situation;
  const isTold = buildJob.pod?.orders?.ids.includes(orderId(build)) === true;
  const [refusal] = builder.refusals.filter(({ ref }) => ref.name === buildJob.pod?.metadata.name);
  if (!hasTaken(build) || isTold || refusal === undefined) return undefined;
  const status = statusPatch(build, { buildJobName: null }, build.status.conditions ?? [], now);
  const event = { type: 'Warning', regarding: buildRef(build), ...refusedWords(refusal) } as const;
  return { because: 'BuilderIsNotTold', actions: [], events: [event], ...(status === undefined ? {} : { status }) };
};

function isLost(situation: Situation): boolean {
  const { job, pod } = situation.buildJob;
  if (job === undefined || pod === undefined || !situation.builder.hasTurn) return true;
  if (job.metadata.deletionTimestamp !== undefined || pod.metadata.deletionTimestamp !== undefined) return true;
  return endedWithout(pod, situation) || doesNotBegin(situation);
}

/** It ended for another reason than this build. */
function endedWithout({ containers }: PodView, { build, buildJob }: Situation): boolean {
  const ended = containers.filter(({ terminated }) => terminated !== undefined);
  const answered = ended.map(orderAnswered);
  if (ended.length === 0 || answered.some((order) => order === buildJob.order)) return false;
  const toldBy = Date.parse(build.status.stageTimes?.buildStarted ?? '') + toldWithinMs;
  const isIdle = ended.some(({ terminated }) => terminated?.exitCode === 0);
  return isIdle || answered.some((order) => order !== undefined) || endOf(ended) <= toldBy;
}

function endOf(ended: PodView['containers']): number {
  return Math.min(...ended.map(({ terminated }) => Date.parse(terminated?.finishedAt ?? '')));
}

function doesNotBegin({ build, builder: { isAtAnother }, now }: Situation): boolean {
  const since = Date.parse(build.status.stageTimes?.buildStarted ?? '');
  return isAtAnother && now.getTime() > since + beginsWithinMs;
}
