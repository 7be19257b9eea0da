import { createHash } from 'node:crypto';

/**
 * At most the first `max` characters, as a text of its own: V8's `slice` keeps the whole of a long text alive for as long as
 * the piece is held.
 */
export function cutText(text: string, max: number): string {
  return text.length <= max ? text : Buffer.from(text.slice(0, max)).toString();
}

/**
 * A text that is kept to be compared or parsed, whole or not at all: one that is too long becomes a short text that equals only
 * its like, and that no parser takes for a value.
 */
export function wholeText(text: string, max: number): string {
  if (text.length <= max) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `(too long: ${text.length} characters, at most ${max} are read; ${hash})`;
}
