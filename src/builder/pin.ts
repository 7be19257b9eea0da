import { InternalError } from '../errors.ts';
import { type FlakeReference, formatFlakeReference, parseFlakeReference } from '../flake-reference/flake-reference.ts';
import type { LockedFlake } from './ports.ts';

/** The reference with the version it was resolved to, so that it means the same content for ever. */
export function pinnedUrl(reference: FlakeReference, locked: LockedFlake): string {
  const pinned = formatFlakeReference(pin(reference, locked));
  return formatFlakeReference(parseFlakeReference(pinned));
}

function pin(reference: FlakeReference, locked: LockedFlake): FlakeReference {
  const { rev, narHash } = locked;
  if (reference.type === 'tarball') return { ...reference, narHash: required(narHash, 'narHash') };
  if (reference.type === 'git') {
    // Nix looks for the rev on the ref, so a branch it found by itself is kept. A rev without a ref stays so.
    const ref = reference.ref ?? (reference.rev === undefined ? locked.ref : undefined);
    return { ...reference, rev: required(rev, 'rev'), ...(ref === undefined ? {} : { ref }) };
  }
  const { ref: _, ...rest } = reference;
  return { ...rest, rev: required(rev, 'rev'), ...(narHash === undefined ? {} : { narHash }) };
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new InternalError('InternalError', `Nix locked the flake without ${name}`);
  return value;
}
