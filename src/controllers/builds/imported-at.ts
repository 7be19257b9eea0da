import type { NixBuild } from '../../cluster-view/objects.ts';

/** More than the clocks of two replicas differ. */
const skewMs = 60_000;

/** When the image was loaded last, in milliseconds; NaN when that is not known, or is a time to come, which enbi never writes. */
export function importedAt({ status }: NixBuild, now: Date): number {
  const time = Date.parse(status.stageTimes?.importFinished ?? '');
  return time > now.getTime() + skewMs ? Number.NaN : time;
}
