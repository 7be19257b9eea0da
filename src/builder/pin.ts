import { InternalError } from '../errors.ts';
import {
  type FlakeReference,
  formatFlakeReference,
  isVersionOf,
  parseFlakeReference,
  type TarballReference,
} from '../flake-reference/flake-reference.ts';
import type { LockedFlake } from './ports.ts';

/** The reference with the version it was resolved to, so that it means the same content for ever. */
export function pinnedUrl(reference: FlakeReference, locked: LockedFlake): string {
  const pinned = formatFlakeReference(pin(reference, locked));
  return formatFlakeReference(parseFlakeReference(pinned));
}

function pin(reference: FlakeReference, locked: LockedFlake): FlakeReference {
  const { rev, narHash } = locked;
  if (reference.type === 'tarball') return pinArchive(reference, locked);
  if (reference.type === 'git') {
    // Nix looks for the rev on the ref, so a branch it found by itself is kept. A rev without a ref stays so.
    const ref = reference.ref ?? (reference.rev === undefined ? locked.ref : undefined);
    return { ...reference, rev: required(rev, 'rev'), ...(ref === undefined ? {} : { ref }) };
  }
  const { ref: _, ...rest } = reference;
  return { ...rest, rev: required(rev, 'rev'), ...(narHash === undefined ? {} : { narHash }) };
}

/** Where the host says that this version stays; else the same place, which may have something else tomorrow. */
function pinArchive(reference: TarballReference, locked: LockedFlake): FlakeReference {
  const narHash = required(locked.narHash, 'narHash');
  const place = immutablePlace(reference, locked);
  const there = place === undefined ? undefined : { ...place, narHash };
  return there !== undefined && isVersionOf(there, reference) ? there : { ...reference, narHash };
}

function immutablePlace({ dir }: TarballReference, { url, rev }: LockedFlake): TarballReference | undefined {
  try {
    const place = url === undefined ? undefined : parseFlakeReference(`tarball+${url}`);
    if (place?.type !== 'tarball') return undefined;
    return { ...place, ...(rev === undefined ? {} : { rev }), ...(dir === undefined ? {} : { dir }) };
  } catch {
    // A host may say anything, a place that enbi would not go to as well.
    return undefined;
  }
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new InternalError('InternalError', `Nix locked the flake without ${name}`);
  return value;
}
