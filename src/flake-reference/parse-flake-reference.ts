import { checkField, checkForgeRef, checkRev, checkSegment, decodeField } from './fields.ts';
import { formatFlakeReference } from './format-flake-reference.ts';
import { invalidReference } from './invalid-reference.ts';
import { refuseLong } from './length.ts';
import { accepted, localAdvice, locationAdvice, loginInReference, schemeAdvice } from './place-advice.ts';
import { parseQuery } from './query.ts';
import {
  type FlakeReference,
  type Forge,
  type ForgeReference,
  forges,
  type GitReference,
  type Location,
  type TarballReference,
} from './reference.ts';
import { refuseCharacters, refusePathCharacters } from './refuse-characters.ts';

/** Throws UserError `InvalidFlakeReference`. What it returns is safe to re-serialise (formatFlakeReference) and give to Nix. */
export function parseFlakeReference(text: string): FlakeReference {
  refuseUnsafeText(text);
  const reference = parseParts(text);
  // What is kept and compared is the canonical text, and that has more to encode than what people write.
  refuseLong(text, formatFlakeReference(reference).length);
  return reference;
}

function parseParts(text: string): FlakeReference {
  const [scheme, rest] = splitOnce(text, ':');
  if (rest === undefined) throw invalidReference(text, localAdvice);
  const [body, query] = splitOnce(rest, '?');
  const forge = forges.find((candidate) => candidate === scheme);
  if (forge !== undefined) return parseForge(text, forge, body, query);
  const gitTransport = gitTransports.get(scheme);
  if (gitTransport !== undefined) return parseGit(text, gitTransport, body, query);
  return parseTarball(text, archiveTransport(text, scheme, body), body, query);
}

function refuseUnsafeText(text: string): void {
  refuseLong(text, text.length);
  if (text.startsWith('-')) throw invalidReference(text, `starts with a dash; ${accepted}`);
  refuseCharacters(text);
}

const gitTransports = new Map<string, GitReference['transport']>([
  ['git+https', 'https'],
  ['git+http', 'http'],
  ['git+ssh', 'ssh'],
  ['git', 'git'],
  // Nix rewrites it to git:.
  ['git+git', 'git'],
]);

const archiveTransports = new Map<string, TarballReference['transport']>([
  ['tarball+https', 'https'],
  ['tarball+http', 'http'],
]);

function parseForge(text: string, forge: Forge, body: string, rawQuery: string | undefined): ForgeReference {
  refusePathCharacters(text, body);
  const [owner = '', repo = '', ...rest] = body.split('/').map((segment) => decodeField(text, segment));
  for (const part of forge === 'gitlab' ? owner.split('/') : [owner]) checkField(text, 'owner', part);
  checkField(text, 'owner', repo);
  const { ref, rev, ...query } = parseQuery(text, rawQuery, ['ref', 'rev', 'narHash', 'dir', 'host']);
  const versions = [rest.length === 0 ? undefined : rest.join('/'), ref, rev].filter(
    (version) => version !== undefined,
  );
  if (versions.length > 1) throw invalidReference(text, 'names its version more than once; keep one of ref and rev');
  return { type: 'forge', forge, owner, repo, ...parseVersion(text, versions[0]), ...query };
}

/** On forges the same place holds a ref or a rev, told apart as Nix does. */
function parseVersion(text: string, version: string | undefined): Pick<ForgeReference, 'ref' | 'rev'> {
  if (version === undefined) return {};
  return /^[0-9a-f]{40}$/i.test(version) ? { rev: checkRev(text, version) } : { ref: checkForgeRef(text, version) };
}

function parseGit(text: string, transport: GitReference['transport'], body: string, rawQuery: string | undefined) {
  const { user, ...location } = parseLocation(text, body.replace(/\/$/, ''));
  if (user !== undefined && transport !== 'ssh') throw loginInReference(text, user);
  const query = parseQuery(text, rawQuery, ['ref', 'rev', 'dir', 'submodules', 'shallow', 'lfs', 'allRefs']);
  return { type: 'git', transport, ...location, ...(user === undefined ? {} : { user }), ...query } as const;
}

function parseTarball(
  text: string,
  transport: TarballReference['transport'],
  body: string,
  rawQuery: string | undefined,
) {
  const { user, ...location } = parseLocation(text, body);
  if (user !== undefined) throw loginInReference(text, user);
  return { type: 'tarball', transport, ...location, ...parseQuery(text, rawQuery, ['rev', 'narHash', 'dir']) } as const;
}

function archiveTransport(text: string, scheme: string, body: string): TarballReference['transport'] {
  if (scheme === 'https' || scheme === 'http') {
    // Nix takes any http(s) URL for an archive, and then fails on the web page it gets.
    if (/\.(?:zip|tar|tgz|tar\.gz|tar\.xz|tar\.bz2|tar\.zst)$/.test(body)) return scheme;
    throw invalidReference(
      text,
      'is no archive by its name; write git+https:// for git, tarball+https:// for an archive',
    );
  }
  const transport = archiveTransports.get(scheme);
  if (transport === undefined) throw invalidReference(text, schemeAdvice(scheme));
  return transport;
}

function parseLocation(text: string, body: string): Location & { readonly user?: string } {
  const match = /^\/\/(?:([^/@]*)@)?(\[[^\]/]*\]|[^/:]*)(?::([0-9]{1,5}))?\/(.+)$/.exec(body);
  if (match === null) throw invalidReference(text, locationAdvice(body));
  const [, user, host = '', port, path = ''] = match;
  if (user?.includes(':') === true) throw loginInReference(text, user);
  return {
    host: checkField(text, 'host', host).toLowerCase(),
    ...(port === undefined ? {} : { port: checkPort(text, Number(port)) }),
    segments: path.split('/').map((segment) => parseSegment(text, segment)),
    ...(user === undefined ? {} : { user: checkField(text, 'user', decodeField(text, user)) }),
  };
}

function checkPort(text: string, port: number): number {
  if (port < 1 || port > 65535) throw invalidReference(text, 'has a port outside 1 to 65535');
  return port;
}

function parseSegment(text: string, segment: string): string {
  if (segment === '') throw invalidReference(text, 'has an empty path segment (// or a / at the end)');
  refusePathCharacters(text, segment);
  return checkSegment(text, decodeField(text, segment));
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
