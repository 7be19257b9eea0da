import { ceilings } from '../../api/ceilings.ts';
import { type Plan, settled } from '../../runtime/plan.ts';
import { listIsAnother, otherHalfIsAlive } from './list-is-another.ts';
import { leftMs, whyNotNeeded } from './not-needed.ts';
import type { SeenBuilder } from './observe.ts';
import type { BuilderSettings } from './settings.ts';
import type { Rule, Situation } from './situation.ts';

const builderIsGoing: Rule = ({ job }) =>
  job.metadata.deletionTimestamp === undefined ? undefined : settled('BuilderIsGoing');

/** It stays to be looked at: where a build failed, as long as that says so; else for a while, as the Job of a success does. */
const builderHasEnded: Rule = (situation) => {
  if (!hasEnded(situation)) return undefined;
  const { work, newerEnded, now } = situation;
  if (work.isWanted || work.isToBeRead) return settled('BuilderIsKept');
  const keptMs = (work.logKeptUntil ?? 0) - now.getTime();
  if (keptMs > 0 && newerEnded < ceilings.keptJobs.value) return { ...settled('LogIsKept'), recheckAfterMs: keptMs };
  return remove('BuilderHasEnded', situation);
};

/** What it does it does for nobody, and nobody knows for how long. */
const builderIsGivenUp: Rule = (situation) =>
  situation.work.isGivenUp ? remove('BuilderIsGivenUp', situation) : undefined;

const builderIsNotNeeded: Rule = (situation) => {
  const why = situation.work.isWanted ? undefined : whyNotNeeded(situation);
  return why === undefined ? undefined : remove(why, situation);
};

const builderIsIdle: Rule = (situation) =>
  situation.work.isWanted ? undefined : { ...settled('BuilderIsIdle'), recheckAfterMs: leftMs(situation) };

const rules: readonly Rule[] = [
  builderIsGoing,
  otherHalfIsAlive,
  builderHasEnded,
  builderIsGivenUp,
  builderIsNotNeeded,
  listIsAnother,
  builderIsIdle,
];

/**
 *   made for a build, with its list (builds/pending.ts) ► idle ► taken by another build: another list ► idle ► …
 *   idle for long enough ► it ends by itself ► its log stays for a while ► remove it
 *   idle, and in the way of anything, or of no use any more ► remove it
 *   a build failed in it ► it ends, and stays as long as that build says so
 *   an attempt was given up before its end was seen ► remove it
 */
export function decideBuilder(seen: SeenBuilder, now: Date, settings: BuilderSettings): Plan {
  const situation = { ...seen, now, settings };
  return (
    rules.reduce<Plan | undefined>((found, rule) => found ?? rule(situation), undefined) ?? settled('BuilderBuilds')
  );
}

/** One of its containers has failed, and the other one ends; or its Pod was taken away. */
function hasEnded({ job, pod }: Situation): boolean {
  if (pod === undefined) return job.ended || job.hadPods;
  const hasFailed = pod.containers.some(({ terminated }) => terminated !== undefined && terminated.exitCode !== 0);
  return job.ended || hasFailed || pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

function remove(because: string, { job }: Situation): Plan {
  const { name, namespace = '', uid } = job.metadata;
  return { because, actions: [{ type: 'delete', ref: { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid } }] };
}
