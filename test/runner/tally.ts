/** How many tests ended how; a static check counts as one. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed and why, told once more at the end: a run prints thousands of lines. */
  readonly failures: readonly string[];
}

export const empty: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** The tally of what is a failure without being a test. */
export function oneFailure(what: string): Tally {
  return { ...empty, failed: 1, failures: [what] };
}

export function add(one: Tally, other: Tally): Tally {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures],
  };
}

/** The end of a run's output: what failed, and the numbers on the last line. */
export function summaryOf({ passed, failed, skipped, failures }: Tally): string {
  const told = failures.map((failure) => `✗ ${failure}\n\n`).join('');
  return `${told}${passed} passed, ${failed} failed, ${skipped} skipped`;
}
