import { keyOf, type Observed } from '../runtime/kube-object.ts';
import type { Remains } from './observe.ts';

/**
 * How long what was deleted is waited for. What stays longer is held by somebody else, by a finalizer or a Pod that mounts it: it
 * goes when they let go of it, and must not keep all else from going.
 */
const patienceMs = 30_000;

/** What is not to be waited for any more, for people: `claim team/enbi-store-x`. Only of what tenants can write to, and so hold. */
export function heldObjects(remains: Remains, now: Date): readonly string[] {
  const { jobs, jobPods, claims, volumes, builds } = remains;
  const namesIn = (kind: string, objects: readonly Observed[]) =>
    objects.filter((object) => isHeld(object, now)).map(({ metadata }) => `${kind} ${keyOf(metadata)}`);
  return [
    ...namesIn('Job', jobs),
    ...namesIn('Pod', jobPods),
    ...namesIn('claim', claims),
    ...namesIn('volume', volumes),
    ...namesIn('NixBuild', builds),
  ];
}

export function withoutHeld(remains: Remains, now: Date): Remains {
  const free = (object: Observed) => !isHeld(object, now);
  return {
    ...remains,
    jobs: remains.jobs.filter(free),
    jobPods: remains.jobPods.filter(free),
    claims: remains.claims.filter(free),
    volumes: remains.volumes.filter(free),
    builds: remains.builds.filter(free),
  };
}

/** Of a Pod, the time of deletion is when its kubelet must have ended it. */
function isHeld({ metadata: { deletionTimestamp } }: Observed, now: Date): boolean {
  return deletionTimestamp !== undefined && now.getTime() - Date.parse(deletionTimestamp) > patienceMs;
}
