import { createHash } from 'node:crypto';
import { nameKeyOf, repositoryKeyOf } from '../image-name/name-key.ts';

/** Longer ones nobody can have built (imageTag of a NixBuild). */
const longest = 512;

/** What a NixStore remembers of an image name. Wide enough that nobody finds a name of their own with another's digest. */
export function nameDigest(key: string): string {
  return sha256(key).toString('hex', 0, 16);
}

/**
 * A name as a number, for what is kept of thousands of Pods. Undefined: nothing that could be built has that name. Who finds two
 * names with one number has at most one of them refused.
 */
export function nameNumber(text: string): number | undefined {
  const key = text.length > longest ? undefined : nameKeyOf(text);
  return key === undefined ? undefined : shortNumber(key);
}

/** The whole repository of a name, as a name that nothing can have: no tag is an asterisk. */
export function repositoryNumber(text: string): number | undefined {
  return text.length > longest ? undefined : shortNumber(`${repositoryKeyOf(text)}:*`);
}

/** Each once, in one order, and no more than `most`. */
export function nameNumbers(
  texts: readonly string[],
  most: number,
  ofText: (text: string) => readonly (number | undefined)[] = (text) => [nameNumber(text)],
): readonly number[] {
  const numbers = texts.slice(0, most).flatMap(ofText);
  return [...new Set(numbers.filter((number) => number !== undefined))].toSorted((a, b) => a - b);
}

/** For a map whose keys are to be small, of things nobody chooses (uids) or gains by confusing. */
export function shortNumber(text: string): number {
  return sha256(text).readUIntBE(0, 6);
}

/** For a map whose keys are to be small, and cannot be confused on purpose. */
export function shortDigest(text: string): string {
  return sha256(text).toString('latin1', 0, 16);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
