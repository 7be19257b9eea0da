import * as z from 'zod';

/** What the client Pod counted so far (request-client.mjs). */
export const Tally = z.object({
  sent: z.number(),
  failed: z.number(),
  /** How often each body came. */
  answers: z.record(z.string(), z.number()),
  last: z.string(),
  failures: z.array(z.string()),
});
export type Tally = z.infer<typeof Tally>;

export function parseTally(line: string): Tally | undefined {
  try {
    return Tally.parse(JSON.parse(line));
  } catch {
    // Node writes warnings to the same log.
    return undefined;
  }
}

/** Without the requests that are still under way. */
export function tallyText({ failed, answers }: Tally): string {
  const each = Object.entries(answers).map(([body, times]) => `"${body}" ${times}`);
  const ended = Object.values(answers).reduce((sum, times) => sum + times, failed);
  return `${ended} requests, ${failed} failed; answers: ${each.join(', ')}`;
}

/** What is wrong with a roll-over from one version to the next, as its requests saw it; empty: nothing. */
export function rollOverFaults(tally: Tally, from: string, to: string): string[] {
  const saw = (version: string) => Object.keys(tally.answers).some((body) => body.includes(version));
  return [
    ...(tally.failed === 0 ? [] : [`${tally.failed} of ${tally.sent} requests failed: ${tally.failures.join('; ')}`]),
    ...(saw(from) ? [] : [`no answer came from version ${from}`]),
    ...(saw(to) && tally.last.includes(to) ? [] : [`the last answer was "${tally.last}", not of version ${to}`]),
  ];
}
