import { createHash } from 'node:crypto';
import { podAnnotation } from '../api/labels.ts';
import type { StoreScope } from '../api/order.ts';
import { parseFlakeReference, repositoryOf } from '../flake-reference/flake-reference.ts';
import type { NixBuild } from './objects.ts';

/**
 * Which of its namespace's stores on a node a build uses; undefined: the one that all flakes share that have none of their own. With a
 * Secret it is the flake's own whatever the setting and the isolation: what is fetched so lies in it, and isolation is a matter of
 * node, namespace and moment, which the store outlives.
 */
export function scopeOf(
  { metadata, spec }: Pick<NixBuild, 'metadata' | 'spec'>,
  setting: StoreScope,
): string | undefined {
  const usesSecret = metadata.annotations?.[podAnnotation.secretName] !== undefined;
  return setting === 'flake' || usesSecret ? scopeOfUrl(spec.flakeUrl) : undefined;
}

function scopeOfUrl(url: string): string {
  return createHash('sha256').update(repositoryOfUrl(url)).digest('hex').slice(0, 32);
}

/** A hand-made NixBuild may hold any text; what does not parse is never built. */
function repositoryOfUrl(url: string): string {
  try {
    return repositoryOf(parseFlakeReference(url));
  } catch {
    return url;
  }
}
