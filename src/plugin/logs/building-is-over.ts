import type { NixBuild } from '../../cluster-view/objects.ts';
import { jobName } from '../../controllers/builds/names.ts';

/** Whether the Job that was told to build has nothing more to say of it; `now` is undefined when the NixBuild is gone. */
export function buildingIsOver(before: NixBuild, now: NixBuild | undefined): boolean {
  const { status, attempts, nextAttemptTime } = now?.status ?? {};
  return (
    (status !== 'Pending' && status !== 'Building') ||
    nextAttemptTime !== undefined ||
    now?.metadata.uid !== before.metadata.uid ||
    attempts !== before.status.attempts ||
    jobOf(now) !== jobOf(before)
  );
}

function jobOf(build: NixBuild): string {
  return build.status.buildJobName ?? jobName(build);
}
