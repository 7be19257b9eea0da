import { ceilings } from '../../api/ceilings.ts';
import type { Verdict } from '../../api/conditions.ts';
import type { BuildFailure, Stage } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import type { StageFailure } from '../../api/result.ts';
import { delayAfter, soon } from '../../api/retries.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { outlook } from '../../cluster-view/outlook.ts';
import { shorten } from '../../printable.ts';
import type { Plan } from '../../runtime/plan.ts';
import { comesSoon, countingAttempts, slowDelay } from './attempts.ts';
import type { Situation } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';

/** A stage failed: again by itself within minutes where the table says so, and attempts are left; at an end for now otherwise. */
export function stageFailed(situation: Situation, stage: Stage, failed: StageFailure): Plan {
  return comesSoon(situation, failed) ? retry(situation, failed, stage) : fail(situation, stage, failed);
}

/** Back to Pending until the back-off is over; the failure stays readable meanwhile. */
export function retry(situation: Situation, failed: StageFailure, stage: Stage = 'Build'): Plan {
  const { build, now } = situation;
  const attempts = build.status.attempts ?? 1;
  const delay = delayAfter(countingAttempts(build), soon);
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

/** At an end, until something makes it go on (another-attempt.ts). The Job and its Pod stay to be looked at. */
export function fail(situation: Situation, stage: Stage, failed: StageFailure): Plan {
  const { build, now } = situation;
  const failure = failureOf(build, stage, failed);
  const delay = slowDelay(situation, failed);
  const change = {
    status: 'Failed' as const,
    completionTime: rfc3339(now),
    nextAttemptTime: delay === undefined ? null : rfc3339(new Date(now.getTime() + delay)),
    progress: failed.reason,
    failure,
  };
  const status = statusPatch(build, change, failedVerdicts(build, failure, delay !== undefined), now);
  const message = `${failure.message}${failure.logTail === null ? '' : `\n${failure.logTail}`}`;
  return {
    because: failed.reason,
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Warning', regarding: buildRef(build), reason: failed.reason, message }],
    ...(delay === undefined ? {} : { recheckAfterMs: delay }),
  };
}

/** With what makes it go on: who reads no documentation reads this. */
export function failedVerdicts(
  build: NixBuild,
  { reason, message }: Pick<BuildFailure, 'reason' | 'message'>,
  isTriedByItself: boolean,
): readonly Verdict[] {
  const what = outlook(build, reason, isTriedByItself);
  return verdicts.failed({ reason, message: `${shorten(message, ceilings.message.value - what.length)}${what}` });
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
