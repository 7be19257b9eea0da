import { createHash } from 'node:crypto';
import { familyOf, parseFlakeReference } from '../flake-reference/flake-reference.ts';
import type { NixBuild } from './objects.ts';

/** A build that has a node, and may have a Job there: what the bounds count. */
export function isActive(build: NixBuild): boolean {
  return hasNode(build) && !isGoing(build);
}

/** A build that is being deleted: it works no more, and its Jobs go. A stranger's finalizer may keep it as it is for ever. */
export function isGoing({ metadata }: NixBuild): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** It has a node, whether it goes on or is being deleted: something of it may run. */
export function isUnderWay(build: NixBuild): boolean {
  return hasNode(build);
}

function hasNode({ status }: NixBuild): boolean {
  if (status.status === 'Building' || status.status === 'Importing') return true;
  return isPending(status.status) && status.buildNode !== undefined && status.nextAttemptTime === undefined;
}

/** A build without a node that has not been told that no node fits: what stands in the queue. */
export function isAsking(build: NixBuild): boolean {
  return isWithoutNode(build) && !isToldThatNoNodeFits(build);
}

/** A build that is to be given a node as soon as one can be had; not while it waits for its next attempt. */
export function isWithoutNode(build: NixBuild): boolean {
  const { status } = build;
  return (
    !isGoing(build) &&
    isPending(status.status) &&
    status.buildNode === undefined &&
    status.nextAttemptTime === undefined
  );
}

function isPending(phase: string | undefined): boolean {
  return phase === undefined || phase === 'Pending';
}

function isToldThatNoNodeFits({ status }: NixBuild): boolean {
  return status.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'WaitingForNode') === true;
}

/** Builds by where they are on their road, and by flake and namespace where they have been built. */
export const roadIndexes = {
  road: (build: NixBuild): readonly ('active' | 'going')[] =>
    hasNode(build) ? [isGoing(build) ? 'going' : 'active'] : [],
  warm: (build: NixBuild): readonly string[] => (build.status.buildNode === undefined ? [] : [warmKey(build)]),
};

/** Builds of one flake, whichever version it is, in one store of a namespace on each node: with a Secret it may be another than without. */
export function warmKey(build: NixBuild): string {
  return `${build.metadata.namespace ?? ''} ${build.storeScope ?? ''} ${familyOfBuild(build)}`;
}

/** Each NixBuild's reference is parsed once, however often it is asked for; a digest, since it may be 2,048 characters long. */
const families = new WeakMap<NixBuild, string>();

function familyOfBuild(build: NixBuild): string {
  const known = families.get(build);
  if (known !== undefined) return known;
  const family = createHash('sha256').update(familyOfUrl(build.spec.flakeUrl)).digest('base64');
  families.set(build, family);
  return family;
}

/** A hand-made NixBuild may hold any text; what does not parse is a family of its own. */
function familyOfUrl(url: string): string {
  try {
    return familyOf(parseFlakeReference(url));
  } catch {
    return url;
  }
}
