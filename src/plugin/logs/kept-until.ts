import type { NixBuild } from '../../cluster-view/objects.ts';
import { ageText } from '../age.ts';

/** Until when the log of a success can be read, for people; undefined: it is not kept, or not any more. */
export function keptText({ status }: NixBuild, now: Date): string | undefined {
  const { status: phase, logKeptUntil: until = '' } = status;
  if (phase !== 'Succeeded' || !(Date.parse(until) > now.getTime())) return undefined;
  return `until ${until} at the longest, for ${ageText(now.toISOString(), new Date(until))}`;
}
