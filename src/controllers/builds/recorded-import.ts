import type { NixBuild } from '../../cluster-view/objects.ts';

/** More than the clocks of two replicas differ. */
const skewMs = 60_000;

/** Whether the status says which agent does the import of this attempt, and since when. A time to come is none that enbi wrote. */
export function isRecorded(build: NixBuild, agent: string, now: Date): boolean {
  return agent !== '' && build.status.importJobName === agent && Number.isFinite(importSince(build, now));
}

export function importSince({ status }: NixBuild, now: Date): number {
  const since = Date.parse(status.stageTimes?.importStarted ?? '');
  return since > now.getTime() + skewMs ? Number.NaN : since;
}
