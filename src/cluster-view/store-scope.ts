import { createHash } from 'node:crypto';
import { podAnnotation } from '../api/labels.ts';
import type { StoreScope } from '../api/order.ts';
import { parseFlakeReference, repositoryOf } from '../flake-reference/flake-reference.ts';
import type { NixBuild } from './objects.ts';

/**
 * Which of its namespace's stores on a node a build uses; undefined: the one that all flakes share that have none of their own. With a
 * Secret it is the flake's own whatever the setting and the isolation: what is fetched so lies in it, and isolation is a matter of
 * node, namespace and moment, which the store outlives. Another for each Secret: a repository that lies in the store may name the objects
 * of a clone that another Secret opened (`.git` as a file, `alternates`), and libgit2 reads them for whoever knows a commit.
 */
export function scopeOf(
  { metadata, spec }: Pick<NixBuild, 'metadata' | 'spec'>,
  setting: StoreScope,
): string | undefined {
  const secret = metadata.annotations?.[podAnnotation.secretName];
  if (secret !== undefined) return digits(repositoryOfUrl(spec.flakeUrl), secret);
  return setting === 'flake' ? digits(repositoryOfUrl(spec.flakeUrl)) : undefined;
}

function digits(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** A hand-made NixBuild may hold any text; what does not parse is never built. */
function repositoryOfUrl(url: string): string {
  try {
    return repositoryOf(parseFlakeReference(url));
  } catch {
    return url;
  }
}
