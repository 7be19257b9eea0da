/** Lines that a terminal and a reader can trust: no control character, no mark that turns text around. */
export function isPrintable(text: string): boolean {
  return !/[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text.replaceAll('\n', ''));
}
