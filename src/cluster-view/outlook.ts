import type { Reason } from '../api/reasons.ts';
import { retryOf } from '../api/retries.ts';
import { isPinned, parseFlakeReference } from '../flake-reference/flake-reference.ts';
import type { NixBuild } from './objects.ts';

/** Whether a Pod that is made after this failure asks for another attempt. */
export function newPodHelps({ spec }: NixBuild, reason: Reason): boolean {
  const { newPod } = retryOf(reason);
  return newPod === 'yes' || (newPod === 'moved' && mayMove(spec.flakeUrl));
}

/** Whether the reference may mean another version by now; what is no reference means none. */
function mayMove(flakeUrl: string): boolean {
  try {
    return !isPinned(parseFlakeReference(flakeUrl));
  } catch {
    return false;
  }
}

/** For people, after the message of a failure: what makes the build go on. Empty: nothing does. */
export function outlook(build: NixBuild, reason: Reason, isTriedByItself: boolean): string {
  const { name, namespace = '' } = build.metadata;
  const ways = [
    isTriedByItself ? 'by itself for a day' : '',
    newPodHelps(build, reason) ? 'when a new Pod asks for the image' : '',
    retryOf(reason).retry ? `with kubectl enbi retry --namespace ${namespace} ${name}` : '',
  ].filter((way) => way !== '');
  const last = ways.pop();
  return last === undefined ? '' : `; tried again ${[...ways, ways.length === 0 ? last : `or ${last}`].join(', ')}`;
}
