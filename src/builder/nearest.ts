const shown = 3;
const listed = 12;
/** Of a longer name, only so many characters count. */
const compared = 64;

/** For "there is no such name": `; nearest: a, b; there are also: c`, as far as there are any. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  const others = candidates.filter((candidate) => !near.includes(candidate));
  const nearText = near.length === 0 ? '' : `; nearest: ${near.join(', ')}`;
  if (others.length === 0) return nearText;
  const more = others.length > listed ? ` and ${others.length - listed} more` : '';
  return `${nearText}; there are${near.length === 0 ? '' : ' also'}: ${others.slice(0, listed).join(', ')}${more}`;
}

/** The candidates a typing mistake away or sharing a word, the nearest first. */
export function nearest(name: string, candidates: readonly string[]): readonly string[] {
  if (name === '') return [];
  const limit = Math.max(2, Math.floor(Math.min(name.length, compared) / 3));
  return candidates
    .slice(0, 5000)
    .map((candidate) => ({ candidate, distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, shown)
    .map(({ candidate }) => candidate);
}

function distanceOf(name: string, candidate: string): number {
  if (name.length >= 3 && (candidate.includes(name) || (candidate.length >= 3 && name.includes(candidate)))) return 1;
  return editDistance(name.slice(0, compared), candidate.slice(0, compared));
}

/** Levenshtein's, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, at(row, j) + 1, at(next, j - 1) + 1));
    }
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
