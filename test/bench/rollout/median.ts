export function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The median of each stage by itself, so they need not add up to the median of the whole. */
export function medians<Stage extends string>(
  stages: readonly Stage[],
  runs: readonly Readonly<Record<Stage, number>>[],
): Record<Stage, number> {
  const entries = stages.map((stage) => [stage, medianOf(runs.map((run) => run[stage]))] as const);
  return Object.fromEntries(entries) as Record<Stage, number>;
}
