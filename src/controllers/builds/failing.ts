import type { Stage } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import type { StageFailure } from '../../api/result.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Situation } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';

const firstRetryMs = 10_000;
export const longestRetryMs = 300_000;

/** A stage failed: again by itself when infrastructure is at fault and attempts are left, final otherwise. */
export function stageFailed(situation: Situation, stage: Stage, failed: StageFailure): Plan {
  return failed.retry && countingAttempts(situation.build) < situation.settings.maxAttempts
    ? retry(situation, failed, stage)
    : fail(situation, stage, failed);
}

/** Attempts are numbered on, since their Jobs are named by the number; what came before a success counts no more. */
function countingAttempts({ status }: NixBuild): number {
  const { attempts = 0, attemptsForgiven = 0 } = status;
  return attempts - Math.min(attemptsForgiven, attempts);
}

/** Back to Pending until the back-off is over; the failure stays readable meanwhile. */
export function retry(situation: Situation, failed: StageFailure, stage: Stage = 'Build'): Plan {
  const { build, now } = situation;
  const attempts = build.status.attempts ?? 1;
  const delay = Math.min(firstRetryMs * 2 ** Math.max(countingAttempts(build) - 1, 0), longestRetryMs);
  const next = rfc3339(new Date(now.getTime() + delay));
  const message = `attempt ${attempts} failed (${failed.reason}: ${failed.message}); next at ${next}`;
  const change = {
    status: 'Pending' as const,
    nextAttemptTime: next,
    progress: `${failed.reason}; again at ${next.slice(11, 19)}Z`,
    failure: failureOf(build, stage, failed),
  };
  const status = statusPatch(build, change, verdicts.underWay('Retrying', message), now);
  return {
    because: 'InfrastructureFailed',
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Warning', regarding: buildRef(build), reason: 'Retrying', message }],
    recheckAfterMs: delay,
  };
}

/** Final, until the user changes something. The Job and its Pod stay to be looked at. */
export function fail(situation: Situation, stage: Stage, failed: StageFailure): Plan {
  const { build, now } = situation;
  const failure = failureOf(build, stage, failed);
  const change = { status: 'Failed' as const, completionTime: rfc3339(now), progress: failed.reason, failure };
  const status = statusPatch(build, change, verdicts.failed(failure), now);
  const message = `${failure.message}${failure.logTail === null ? '' : `\n${failure.logTail}`}`;
  return {
    because: failed.reason,
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Warning', regarding: buildRef(build), reason: failed.reason, message }],
  };
}

/** With every field, null where there is none: an older failure's lines must not stay. */
function failureOf(build: NixBuild, stage: Stage, failed: StageFailure) {
  const { reason, message, derivation = null, logTail = null } = failed;
  const ofFlake = (stage === 'Fetch' || stage === 'Build') && ofFlakes.has(reason);
  return { stage, reason, message, derivation, logTail, reproduce: ofFlake ? reproduction(build) : null };
}

/** What comes of fetching, evaluating and building a flake wherever that is done. No `nix build` shows a full quota. */
const ofFlakes: ReadonlySet<Reason> = new Set<Reason>([
  'InvalidFlakeReference',
  'FlakeNotFound',
  'FetchFailed',
  'NetworkUnreachable',
  'AttributeNotFound',
  'EvaluationFailed',
  'BuilderFailed',
  'HashMismatch',
  'NotAnImage',
  'BuildTimedOut',
]);

/** What shows the same failure on a workstation, quoted for a shell: the reference is a stranger's text. */
function reproduction(build: NixBuild): string {
  const { packageName, system } = build.spec;
  const flake = build.status.lockedUrl ?? build.spec.flakeUrl;
  return `nix build --print-build-logs ${quote(`${flake}#packages.${system}.${packageName}`)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
