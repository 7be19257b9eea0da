/**
 * Names as Python sees them (PEP 383): UTF-8, and each byte that is none as a lone surrogate. JavaScript's strings can
 * hold the same.
 */
export function pythonText(bytes: Buffer): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escaping(bytes);
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function escaping(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((length) => isCharacter(bytes.subarray(at, at + length)));
    text +=
      length === undefined ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

function isCharacter(bytes: Buffer): boolean {
  try {
    return Array.from(strict.decode(bytes)).length === 1;
  } catch {
    return false;
  }
}

/** Back to the bytes it was made of. */
export function bytesOf(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text) : Buffer.concat(Array.from(text).map(characterBytes));
}

function characterBytes(character: string): Buffer {
  return character.isWellFormed() ? Buffer.from(character) : Buffer.from([character.charCodeAt(0) - 0xdc00]);
}

/** As Python compares: by code points. JavaScript compares halves of surrogate pairs. */
export function compareText(left: string, right: string): number {
  return left.isWellFormed() && right.isWellFormed()
    ? Buffer.compare(Buffer.from(left), Buffer.from(right))
    : compareCodePoints(Array.from(left), Array.from(right));
}

/** As Go compares. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(bytesOf(left), bytesOf(right));
}

function compareCodePoints(left: readonly string[], right: readonly string[]): number {
  for (const [at, character] of left.entries()) {
    const other = right[at];
    const difference = other === undefined ? 1 : (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
}

export function isAscii(text: string): boolean {
  return !/[^\p{ASCII}]/u.test(text);
}

/** What the fields of a header get where they can hold ASCII alone: a question mark for each other character. */
export function asciiOf(text: string): string {
  return isAscii(text)
    ? text
    : Array.from(text)
        .map((character) => (isAscii(character) ? character : '?'))
        .join('');
}
