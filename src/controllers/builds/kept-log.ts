import { ceilings } from '../../api/ceilings.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import type { Plan } from '../../runtime/plan.ts';
import { importedAt } from './imported-at.ts';
import { jobName } from './names.ts';
import type { Situation } from './situation.ts';
import { rfc3339 } from './status.ts';

/** What has reported its result ends within a second or two; the kubelet tells of that a moment later. */
const endsWithinMs = 15_000;

/**
 * The build Job of a success stays for a while, so that its log can be read. It may cost nobody anything: it has ended, there are
 * few of them in a namespace, and its Pod, which holds the claim of its store as long as it is there, goes with the store.
 */
export function isKeptForLog(job: JobView, situation: Situation): boolean {
  const { build, store, keptJobs } = situation;
  if (build.status.status !== 'Succeeded' || job.metadata.name !== jobName(build)) return false;
  const kept = keptJobs.slice(0, ceilings.keptJobs.value);
  return store?.status.ready === 'True' && has(kept, job) && logLeftMs(job, situation) > 0;
}

/** One that runs on takes CPU and memory, and is not waited for. */
function logLeftMs(job: JobView, { build, runningJobs, settings, now }: Situation): number {
  const mostMs = settings.jobTtlSeconds * 1000;
  const stayMs = has(runningJobs, job) ? Math.min(endsWithinMs, mostMs) : mostMs;
  return Math.max(importedAt(build, now) + stayMs - now.getTime(), 0) || 0;
}

export function keptForLog(situation: Situation): readonly JobView[] {
  return situation.jobs.filter((job) => isKeptForLog(job, situation));
}

/** Those of the namespace that are one too many, of whichever of its NixBuilds. */
export function tooManyKept({ keptJobs }: Situation): readonly JobView[] {
  return keptJobs.slice(ceilings.keptJobs.value);
}

/**
 * What an import failed on was built by a Job that has told its result and ends by itself: deleted before, it would take along the log
 * that is to be looked at. A time to come is none that enbi wrote.
 */
export function endsByItselfMs(job: JobView, { build, now }: Situation): number {
  const { failure, stageTimes } = build.status;
  if (failure?.stage !== 'Import' || job.metadata.name !== jobName(build)) return 0;
  const leftMs = Date.parse(stageTimes?.buildFinished ?? '') + endsWithinMs - now.getTime();
  return leftMs > 0 && leftMs <= endsWithinMs ? leftMs : 0;
}

/** Until when it is kept, if nothing comes between; null: it is not. */
export function logKeptUntil({ buildJob, settings, now }: Situation): string | null {
  const isKept = buildJob.job !== undefined && settings.jobTtlSeconds > 0;
  return isKept ? rfc3339(new Date(now.getTime() + settings.jobTtlSeconds * 1000)) : null;
}

/** Whatever else there is to do for the build: its Job goes in time. */
export function untilLogGoes(plan: Plan, situation: Situation): Plan {
  const ending = situation.runningJobs.map((job) => endsByItselfMs(job, situation)).filter((ms) => ms > 0);
  const leftMs = [...keptForLog(situation).map((job) => logLeftMs(job, situation)), ...ending];
  if (leftMs.length === 0) return plan;
  return { ...plan, recheckAfterMs: Math.min(plan.recheckAfterMs ?? Number.POSITIVE_INFINITY, ...leftMs) };
}

function has(jobs: readonly JobView[], { metadata }: JobView): boolean {
  return jobs.some((job) => job.metadata.uid === metadata.uid);
}
