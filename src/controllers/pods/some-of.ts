import { printableLine } from '../../printable.ts';

/** Names and images that one message tells. */
const told = 5;
const longest = 128;

/** For messages: the first of many, and how many more there are. Bounded where it is made: a Pod may have hundreds. */
export function someOf(texts: readonly string[]): string {
  const first = texts.slice(0, told).map((text) => printableLine(text, longest));
  return texts.length <= told ? first.join(', ') : `${first.join(', ')} and ${texts.length - told} more`;
}
