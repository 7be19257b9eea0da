import type { NixBuild } from '../../cluster-view/objects.ts';
import { isVersionOf, parseFlakeReference } from '../../flake-reference/flake-reference.ts';

/**
 * What an attempt fetches: once a reference has been resolved, that version, so that another attempt or another node does not
 * build another one under the same image name. The build Pod said so, and that is a stranger: a version of something else is
 * not followed.
 */
export function flakeToBuild({ spec, status }: NixBuild): string {
  const { lockedUrl } = status;
  return lockedUrl !== undefined && isVersion(lockedUrl, spec.flakeUrl) ? lockedUrl : spec.flakeUrl;
}

export function isVersion(locked: string, asked: string): boolean {
  try {
    return isVersionOf(parseFlakeReference(locked), parseFlakeReference(asked));
  } catch {
    return false;
  }
}
