import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { refuseBeyond, refuseUnless, utf8 } from './refusal.ts';

/**
 * A stranger's JSON as plain values that can be written out again as they were read: what would be changed by that without
 * a word, or would mean something in JavaScript, is refused as `InvalidArchive`.
 */
export function parseStrictJson(what: string, bytes: Uint8Array): unknown {
  const text = utf8(bytes, what);
  // Before anything recursive sees it, JSON.stringify for one.
  refuseBeyond(depthOf(text) <= limits.documentDepth, `${what} is nested more than ${limits.documentDepth} deep`);
  try {
    return JSON.parse(text, (key, value) => checked(what, key, value));
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw new UserError('InvalidArchive', `${what} is not JSON`, { cause: thrown });
  }
}

function checked(what: string, key: string, value: unknown): unknown {
  refuseUnless(key !== '__proto__', `${what} has a key __proto__`);
  const isKept = typeof value !== 'number' || (Number.isFinite(value) && isExact(value));
  refuseUnless(isKept, `${what} has a number that is too large`);
  return value;
}

function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

/** Of lists and objects; right for any JSON, and no less than that for what is none. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === '\\') at += 1;
      else if (character === '"') isString = false;
    } else if (character === '"') {
      isString = true;
    } else if (character === '[' || character === '{') {
      deepest = Math.max(deepest, ++depth);
    } else if (character === ']' || character === '}') {
      depth -= 1;
    }
  }
  return deepest;
}
