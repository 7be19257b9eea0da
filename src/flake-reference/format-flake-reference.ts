import { encodeQueryValue, encodeSegment } from './encoding.ts';
import type { FlakeReference, ForgeReference, GitReference, TarballReference } from './reference.ts';

/** The canonical text: equal references give equal text, and parsing it gives the same reference again. */
export function formatFlakeReference(reference: FlakeReference): string {
  switch (reference.type) {
    case 'forge':
      return formatForge(reference);
    case 'git':
      return formatGit(reference);
    case 'tarball':
      return formatTarball(reference);
    default:
      return reference satisfies never;
  }
}

/** Which flake this is, whichever version: builds of one family find each other's store paths useful. */
export function familyOf(reference: FlakeReference): string {
  if (reference.type === 'tarball') {
    // Forges put the version into the file name of an archive.
    const { narHash: _hash, rev: _rev, ...rest } = reference;
    return formatFlakeReference({ ...rest, segments: reference.segments.slice(0, -1) });
  }
  if (reference.type === 'forge') {
    const { ref: _ref, rev: _rev, narHash: _hash, ...rest } = reference;
    return formatFlakeReference(rest);
  }
  const { ref: _ref, rev: _rev, ...rest } = reference;
  return formatFlakeReference(rest);
}

/**
 * Whose a flake is: versions, directories and ways to fetch one repository are one, whatever else may be two is two. So an archive is
 * by itself: nothing says which archives of a host, or of a directory there, are of one author. A login name chooses what an ssh server shows.
 */
export function repositoryOf(reference: FlakeReference): string {
  if (reference.type === 'forge') {
    const { type, forge, owner, repo, host } = reference;
    return formatForge({ type, forge, owner, repo, ...(host === undefined ? {} : { host }) });
  }
  const { transport, host, port, segments } = reference;
  const at = { host, segments, ...(port === undefined ? {} : { port }) };
  if (reference.type === 'tarball') return formatTarball({ type: 'tarball', transport: reference.transport, ...at });
  const { user } = reference;
  return formatGit({ type: 'git', transport, ...at, ...(user === undefined ? {} : { user }) });
}

function formatForge(reference: ForgeReference): string {
  const version = reference.rev ?? reference.ref;
  const path = [reference.owner, reference.repo, ...(version === undefined ? [] : [version])];
  const { host, dir, narHash } = reference;
  return `${reference.forge}:${path.map(encodeSegment).join('/')}${formatQuery({ dir, host, narHash })}`;
}

function formatGit(reference: GitReference): string {
  const { transport, user, allRefs, dir, lfs, ref, rev, shallow, submodules } = reference;
  const scheme = transport === 'git' ? 'git' : `git+${transport}`;
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const query = formatQuery({ allRefs, dir, lfs, ref, rev, shallow, submodules });
  return `${scheme}://${login}${formatLocation(reference)}${query}`;
}

function formatTarball(reference: TarballReference): string {
  const { transport, dir, narHash, rev } = reference;
  return `tarball+${transport}://${formatLocation(reference)}${formatQuery({ dir, narHash, rev })}`;
}

function formatLocation(reference: GitReference | TarballReference): string {
  const port = reference.port === undefined ? '' : `:${reference.port}`;
  return `${reference.host}${port}/${reference.segments.map(encodeSegment).join('/')}`;
}

function formatQuery(values: Readonly<Record<string, string | true | undefined>>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value === true ? '1' : encodeQueryValue(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
