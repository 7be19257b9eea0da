import type { UserError } from '../errors.ts';
import { decodePercent } from './encoding.ts';
import { invalidReference, quoted } from './invalid-reference.ts';
import { control, nameCharacter } from './name-character.ts';

/** The grammar of one part: `whole` is what it must match, `wrong` a character that it never has, for the message. */
interface Grammar {
  readonly whole: RegExp;
  readonly wrong?: RegExp;
  readonly name: string;
  readonly advice: string;
}

/**
 * Everything is checked after percent-decoding, so `%2e%2e` and `%00` fare like what they stand for. Paths, refs and directories may
 * have what Nix takes (flake-reference.integration.test.ts compares) but control characters; what Nix puts into a forge's URL as it is may
 * have no more than forges know.
 */
const fields = {
  host: {
    whole: /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9a-fA-F:.]{2,45}\])$/,
    wrong: /[^A-Za-z0-9._:[\]-]/u,
    name: 'host',
    advice: 'write a host name as in git+https://git.example.org/owner/repo',
  },
  // Nix' URL for an API of a forge takes no port and no IPv6 literal.
  forgeHost: {
    whole: /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/,
    wrong: /[^A-Za-z0-9.-]/u,
    name: 'host',
    advice: 'give a host name alone, without port or path',
  },
  user: {
    whole: /^[A-Za-z0-9_][A-Za-z0-9._+@-]{0,63}$/,
    wrong: /[^A-Za-z0-9._+@-]/u,
    name: 'login name',
    advice: 'give one of letters, digits, and . _ + @ - within',
  },
  owner: {
    whole: /^[A-Za-z0-9_~.][A-Za-z0-9_~.-]*$/,
    wrong: /[^A-Za-z0-9_~.-]/u,
    name: 'owner or repository',
    advice: 'write github:owner/repo',
  },
  segment: {
    whole: /^[ -~\x80-\u{10ffff}]+$/u,
    wrong: control,
    name: 'path',
    advice: 'write the place as its host knows it, without .. and . and empty parts',
  },
  ref: {
    whole: /^[^-/\0-\x20\x7f~^:?*[\\][^\0-\x20\x7f~^:?*[\\]*$/u,
    wrong: /[\0-\x20\x7f~^:?*[\\]/,
    name: 'ref',
    advice: 'give a branch or tag name such as main, v1.2 or refs/heads/main',
  },
  // Nix writes it into the URL of a forge's API as it is: a fragment or a parameter would begin, and another version be fetched.
  forgeRef: {
    whole: /^[^#%&]+$/,
    wrong: /[#%&]/,
    name: 'ref',
    advice: 'Nix asks a forge for something else then; write git+https:// with ?ref= instead',
  },
  rev: {
    whole: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i,
    name: 'rev',
    advice: 'give the full commit hash (40 or 64 hex digits); a tag is written ref=refs/tags/NAME',
  },
  narHash: {
    whole: /^sha256-[A-Za-z0-9+/]{43}=$/,
    name: 'narHash',
    advice: 'it looks like sha256-<44 base64 characters>',
  },
  dir: {
    whole: /^[ -~\x80-\u{10ffff}]+$/u,
    wrong: control,
    name: 'dir',
    advice: 'give a path inside the repository such as images/web',
  },
} as const satisfies Readonly<Record<string, Grammar>>;

type Field = keyof typeof fields;

/** `value` when it fits the field's grammar; `text` is the whole reference, for the message. */
export function checkField(text: string, field: Field, value: string): string {
  const { whole, wrong }: Grammar = fields[field];
  const found = wrong?.exec(value) ?? undefined;
  if (found !== undefined) throw wrongCharacter(text, field, found);
  if (!whole.test(value) || isDots(value)) throw invalidField(text, field);
  return value;
}

function wrongCharacter(text: string, field: Field, { 0: character, index, input }: RegExpExecArray): UserError {
  const { name, advice } = fields[field];
  const where = `at position ${index + 1} of its ${name} ${quoted(input)}`;
  return invalidReference(text, `has ${nameCharacter(character)} ${where}; ${advice}`);
}

function invalidField(text: string, field: Field): UserError {
  const { name, advice } = fields[field];
  return invalidReference(text, `has an invalid ${name}; ${advice}`);
}

/** `.` and `..`, also for a server that decodes once more than it should. */
function isDots(value: string): boolean {
  return /^(?:\.|%(?:25)*2e){1,2}$/i.test(value);
}

export function decodeField(text: string, value: string): string {
  const decoded = decodePercent(value);
  if (decoded !== undefined) return decoded;
  const stray = /%(?![0-9A-Fa-f]{2})/.exec(value);
  throw invalidReference(
    text,
    stray === null
      ? `has encoded characters in ${quoted(value)} that are no UTF-8`
      : `has a percent sign in ${quoted(value)} that does not start an encoded character; for itself it is written %25`,
  );
}

/** As git's check-ref-format: no component may be empty, start with a dot or end with `.lock`. */
export function checkRef(text: string, value: string): string {
  const components = checkField(text, 'ref', value).split('/');
  const wrong = components.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  const isWrong = wrong || value.endsWith('.') || value.includes('..') || value.includes('@{') || value === '@';
  if (isWrong) throw invalidField(text, 'ref');
  return value;
}

export function checkForgeRef(text: string, value: string): string {
  return checkField(text, 'forgeRef', checkRef(text, value));
}

export function checkRev(text: string, value: string): string {
  return checkField(text, 'rev', value).toLowerCase();
}

/** A segment as decoded: it may hold slashes of its own, and what a server may take for one. */
export function checkSegment(text: string, value: string): string {
  for (const part of value.split('/')) checkField(text, 'segment', part);
  if (value.split(/[/\\]|%(?:25)*(?:2f|5c)/i).some(isDots)) throw invalidField(text, 'segment');
  return value;
}

/** A directory inside the flake's source; every component is checked, so it cannot climb out. */
export function checkDirectory(text: string, value: string): string {
  for (const segment of value.split('/')) checkField(text, 'dir', segment);
  return value;
}

export function checkFlag(text: string, name: string, value: string): boolean {
  if (value === '1' || value === 'true') return true;
  if (value === '0' || value === 'false') return false;
  throw invalidReference(text, `has an invalid ${name}; give 1 or 0`);
}
