import { UserError } from '../src/errors.ts';

interface Floor {
  /** Of Debian. */
  readonly name: string;
  /** The first without the holes; what Debian appends says nothing. */
  readonly version: string;
  readonly why: string;
}

/** What the image must not have an older one of: each reads what strangers wrote. To raise one is to edit this table. */
export const floors: readonly Floor[] = [
  // https://github.com/NixOS/nix/security/advisories
  { name: 'nix-bin', version: '2.34.7', why: 'CVE-2026-39860 and CVE-2026-44028: a build gets out of its sandbox' },
  // https://github.com/git/git/security/advisories/GHSA-vwqx-4fm8-6qc9; CVE-2024-32002 was mended before.
  { name: 'git', version: '2.50.1', why: 'CVE-2025-48384: what is cloned writes a hook, which git runs' },
  // https://www.openssh.com/txt/release-10.1; CVE-2025-26465 was mended before, in 9.9p2.
  { name: 'openssh-client', version: '10.1', why: 'CVE-2025-61984: control characters in a user name run a command' },
  // https://nodejs.org/en/blog/vulnerability/march-2026-security-releases
  { name: 'nodejs', version: '24.14.1', why: 'the security release of March 2026, CVE-2026-21637 among others' },
];

/** Throws UserError `PackageTooOld` with all that is; `resolved` are lines `name version`. */
export function assertFloors(resolved: readonly string[]): void {
  const versions = new Map(resolved.map((line) => [line.split(' ')[0], line.split(' ')[1]]));
  const faults = floors.flatMap(({ name, version, why }) => {
    const found = versions.get(name);
    if (found === undefined) return [`${name} is missing`];
    return isBelow(upstream(found), upstream(version)) ? [`${name} ${found} is below ${version} (${why})`] : [];
  });
  if (faults.length === 0) return;
  const advice = 'Name a newer Debian mirror in ENBI_DEBIAN_MIRROR, or a newer suite in image/contents.ts.';
  throw new UserError('PackageTooOld', `the image would have known holes: ${faults.join('; ')}. ${advice}`);
}

/** `1:10.6p1-1` is 10.6 for those who made it. */
function upstream(version: string): readonly number[] {
  const [text = ''] = /^\d+(\.\d+)*/.exec(version.replace(/^\d+:/, '')) ?? [];
  return text.split('.').map(Number);
}

function isBelow(version: readonly number[], floor: readonly number[]): boolean {
  const place = floor.findIndex((number, index) => (version[index] ?? 0) !== number);
  return place >= 0 && (version[place] ?? 0) < (floor[place] ?? 0);
}
