import { familyOf, formatFlakeReference } from './format-flake-reference.ts';
import { type FlakeReference, isPinned, type TarballReference } from './reference.ts';

/** Whether `locked` is `asked` resolved to one version: the same place, and nothing that was asked for is changed. */
export function isVersionOf(locked: FlakeReference, asked: FlakeReference): boolean {
  if (!isPinned(locked) || !isAtPlaceOf(locked, asked)) return false;
  const [given, wanted] = [versionOf(locked), versionOf(asked)];
  // A forge's ref gives way to the rev it stands for.
  const keepsRef = asked.type === 'forge' || wanted.ref === undefined || given.ref === wanted.ref;
  const keepsRev = wanted.rev === undefined || given.rev === wanted.rev;
  return keepsRef && keepsRev && (wanted.narHash === undefined || given.narHash === wanted.narHash);
}

function isAtPlaceOf(locked: FlakeReference, asked: FlakeReference): boolean {
  if (placeOf(locked) === placeOf(asked)) return true;
  return (
    locked.type === 'tarball' && asked.type === 'tarball' && asked.narHash === undefined && isBeside(locked, asked)
  );
}

function placeOf(reference: FlakeReference): string {
  if (reference.type !== 'tarball') return familyOf(reference);
  const { narHash: _hash, rev: _rev, ...place } = reference;
  return formatFlakeReference(place);
}

/**
 * Hosts say where a version of an archive stays: Gitea and Forgejo, of `owner/repo/archive/main.tar.gz`, that it is
 * `api/v1/repos/owner/repo/archive/<commit>.tar.gz`, others a file beside. Elsewhere on that host is another one's.
 */
function isBeside(locked: TarballReference, asked: TarballReference): boolean {
  const segments = ['x'];
  if (placeOf({ ...locked, segments }) !== placeOf({ ...asked, segments })) return false;
  const directory = locked.segments.slice(0, -1);
  const above = asked.segments.slice(0, -1);
  const isAbove = directory.length > 0 && startsWith(above, directory);
  const repository = directory.slice(-3);
  return isAbove || (repository.length === 3 && above.some((_, at) => startsWith(above.slice(at), repository)));
}

function startsWith(segments: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((segment, at) => segments[at] === segment);
}

interface Version {
  readonly ref?: string;
  readonly rev?: string;
  readonly narHash?: string;
}

function versionOf(reference: FlakeReference): Version {
  return reference;
}
