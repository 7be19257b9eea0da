import type { StorePath } from '../api/result.ts';
import type { FlakeReference } from '../flake-reference/flake-reference.ts';
import type { LockedFlake } from './ports.ts';

/** The flake as it lies in the store, with what its outputs may know of its version: they evaluate to the same as from its host. */
export function sourceUrl(path: StorePath, { dir }: FlakeReference, locked: LockedFlake): string {
  const { lastModified, narHash, rev, revCount } = locked;
  const query = Object.entries({ dir, lastModified, narHash, rev, revCount }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return `path:${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
