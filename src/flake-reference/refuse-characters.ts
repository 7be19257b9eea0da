import { encodeCharacter } from './encoding.ts';
import { invalidReference } from './invalid-reference.ts';
import { control, nameCharacter } from './name-character.ts';

/** What a URL has only percent-encoded. Nix also takes a space in a query: too easily one that was left at the end of a line. */
export function refuseCharacters(text: string): void {
  refuseFirst(text, /[^!"$-;=?-[\]_a-z~]/u, text);
}

/** What may stand as it is in a query, but not in a path. */
export function refusePathCharacters(text: string, path: string): void {
  refuseFirst(text, /["[\]]/, path);
}

function refuseFirst(text: string, pattern: RegExp, part: string): void {
  const found = pattern.exec(part);
  if (found === null) return;
  const [character] = found;
  const position = text.indexOf(part) + found.index + 1;
  throw invalidReference(text, `has ${nameCharacter(character)} at position ${position}; ${adviceOn(character)}`);
}

function adviceOn(character: string): string {
  const encoded = encodeCharacter(character);
  if (character === '#')
    return `it begins a fragment, and what to build belongs into packageName; in a path or ref write ${encoded}`;
  if (character === '{' || character === '}') return `{tag} is the only placeholder; in a path or ref write ${encoded}`;
  if (control.test(character)) return 'leave it out';
  if (character > '\x7f')
    return `type it anew if it only looks like one of a to z; else write ${encoded} in a path or ref, and punycode (xn--…) in a host name`;
  return `leave it out, or write ${encoded} in a path or ref`;
}
