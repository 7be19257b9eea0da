/**
 * Negative when `a` is older than `b`. Resource versions of one resource are decimal numbers in order of writing
 * (KEP-5504); compared as text by length first, since they may outgrow what a number holds exactly.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
