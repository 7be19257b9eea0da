import { familyOf, formatFlakeReference } from './format-flake-reference.ts';
import { type FlakeReference, isPinned } from './reference.ts';

/** Whether `locked` is `asked` resolved to one version: the same place, and nothing that was asked for is changed. */
export function isVersionOf(locked: FlakeReference, asked: FlakeReference): boolean {
  if (!isPinned(locked) || placeOf(locked) !== placeOf(asked)) return false;
  const [given, wanted] = [versionOf(locked), versionOf(asked)];
  // A forge's ref gives way to the rev it stands for.
  const keepsRef = asked.type === 'forge' || wanted.ref === undefined || given.ref === wanted.ref;
  const keepsRev = wanted.rev === undefined || given.rev === wanted.rev;
  return keepsRef && keepsRev && (wanted.narHash === undefined || given.narHash === wanted.narHash);
}

function placeOf(reference: FlakeReference): string {
  if (reference.type !== 'tarball') return familyOf(reference);
  const { narHash: _, ...place } = reference;
  return formatFlakeReference(place);
}

interface Version {
  readonly ref?: string;
  readonly rev?: string;
  readonly narHash?: string;
}

function versionOf(reference: FlakeReference): Version {
  return reference;
}
