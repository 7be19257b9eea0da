/** How a build went that was measured; another goes the same way, faster or slower. */
export interface BuildProfile {
  /** So many packages were begun when such a part of the whole time was over. Ascending, from 0 and 0. */
  readonly begun: readonly (readonly [packages: number, part: number])[];
  /** The part of the whole time that was over when the first program was written, the second, … */
  readonly written: readonly number[];
  /** On two idle cores. */
  readonly seconds: number;
}

export interface BuildSeen {
  readonly packages: number;
  readonly programs: number;
  readonly seconds: number;
}

/**
 * The part of the whole work that is done. The small packages come first: half of all are begun in a fourth of the time. Of a
 * build whose packages are in Go's cache already, the programs tell.
 */
export function partDone({ begun, written }: BuildProfile, { packages, programs }: BuildSeen): number {
  return Math.max(partOf(begun, packages), written[programs - 1] ?? 0);
}

function partOf(begun: BuildProfile['begun'], packages: number): number {
  const next = begun.findIndex(([begunThen]) => begunThen > packages);
  if (next < 1) return begun.at(-1)?.[1] ?? 0;
  const [from, to] = [begun[next - 1] ?? [0, 0], begun[next] ?? [1, 1]];
  return from[1] + ((to[1] - from[1]) * (packages - from[0])) / (to[0] - from[0]);
}

/** As much as the measured time weighs against what is seen of this build. */
const priorPart = 0.05;

/** How long the rest takes, at the speed of this build so far; in its first moments, at that of the measured one. */
export function secondsLeft(profile: BuildProfile, seen: BuildSeen, cores: number): number {
  const done = partDone(profile, seen);
  const expected = (profile.seconds * 2) / Math.min(Math.max(cores, 1), 8);
  return ((priorPart * expected + seen.seconds) / (priorPart + done)) * (1 - done);
}

/** `35 %, about 5 min left (1203 packages, 4 of 16 programs)`. */
export function progressText(profile: BuildProfile, seen: BuildSeen, cores: number): string {
  const left = timeText(secondsLeft(profile, seen, cores));
  const part = Math.floor(partDone(profile, seen) * 100);
  return `${part} %, about ${left} left (${seen.packages} packages, ${seen.programs} of ${profile.written.length} programs)`;
}

/** To the half minute, and below two minutes to ten seconds. */
export function timeText(seconds: number): string {
  if (seconds < 120) return `${Math.max(10, Math.round(seconds / 10) * 10)} s`;
  return `${Math.round(seconds / 30) / 2} min`;
}
