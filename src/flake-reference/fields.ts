import { decodePercent } from './encoding.ts';
import { invalidReference } from './invalid-reference.ts';

/**
 * The grammar of each part. Everything is checked after percent-decoding, so `%2e%2e`, `%24(X)` and `%00` fare like what they
 * stand for. Patterns are no wider than Nix' own, or Nix would take the reference for a path.
 */
const patterns = {
  host: /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9a-fA-F:.]{2,45}\])$/,
  // Nix' URL for an API of a forge takes no port and no IPv6 literal.
  forgeHost: /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/,
  user: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/,
  owner: /^[A-Za-z0-9_~.][A-Za-z0-9_~.-]*$/,
  segment: /^[A-Za-z0-9._~!@+,=:-]+$/,
  ref: /^[A-Za-z0-9_@][A-Za-z0-9_./@+=-]*$/,
  rev: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  narHash: /^sha256-[A-Za-z0-9+/]{43}=$/,
  dirSegment: /^[A-Za-z0-9._@+~][A-Za-z0-9._@+~-]*$/,
} as const;

type Field = keyof typeof patterns;

const advice: Record<Field, string> = {
  host: 'has no valid host name; write it as in git+https://git.example.org/owner/repo',
  forgeHost: 'has no valid host; give a host name alone, without port or path',
  user: 'has an invalid login name',
  owner: 'has an invalid owner or repository; write github:owner/repo',
  segment: 'has a character in its path that is not allowed',
  ref: 'has an invalid ref; give a branch or tag name such as main, v1.2 or refs/heads/main',
  rev: 'has an invalid rev; give the full commit hash (40 or 64 lower-case hex digits)',
  narHash: 'has an invalid narHash; it looks like sha256-<44 base64 characters>',
  dirSegment: 'has an invalid dir; give a path inside the repository such as images/web',
};

/** `value` when it fits the field's grammar; `text` is the whole reference, for the message. */
export function checkField(text: string, field: Field, value: string): string {
  if (!patterns[field].test(value) || value === '..' || value === '.') throw invalidReference(text, advice[field]);
  return value;
}

export function decodeField(text: string, value: string): string {
  const decoded = decodePercent(value);
  if (decoded === undefined)
    throw invalidReference(text, 'has a percent sign that does not start an encoded character');
  return decoded;
}

/** As git's check-ref-format: no component may be empty, start with a dot or end with `.lock`. */
export function checkRef(text: string, value: string): string {
  const components = checkField(text, 'ref', value).split('/');
  const wrong = components.some(
    (part) => part === '' || part.startsWith('.') || part.endsWith('.') || part.endsWith('.lock'),
  );
  if (wrong || value.includes('..') || value === '@') throw invalidReference(text, advice.ref);
  return value;
}

/** A directory inside the flake's source; every component is checked, so it cannot climb out. */
export function checkDirectory(text: string, value: string): string {
  for (const segment of value.split('/')) checkField(text, 'dirSegment', segment);
  return value;
}

export function checkFlag(text: string, name: string, value: string): boolean {
  if (value === '1' || value === 'true') return true;
  if (value === '0' || value === 'false') return false;
  throw invalidReference(text, `has an invalid ${name}; give 1 or 0`);
}
