import * as z from 'zod';
import { OrderId } from './order.ts';

/** Starts the line of a container's log that tells its result, for the controller and not for people. */
export const reportPrefix = '[enbi] report: ';

/** The containers that report, by name. */
export const reportingSteps = ['fetch', 'build'] as const;

/** A result has 4096 bytes at most (encode-result.ts); whatever is longer than this is none of enbi's. */
export const maxReportLength = 8192;

/**
 * What a step came to, told while its container still runs: the kubelet looks for ended containers once a second. It is a claim, as a
 * termination message is: whoever can write into the log of a build can make one, for that build.
 */
export const Report = z.strictObject({
  step: z.enum(reportingSteps),
  /** Which order it answers. */
  order: OrderId,
  /** As in the termination message; a stranger's until it has passed the step's schema. */
  result: z.unknown(),
});
export type Report = z.infer<typeof Report>;

/** What the log of a container that runs has told so far. */
export interface Said {
  /** The newest progress; undefined: none yet. */
  readonly progress?: string;
  /** The newest report. */
  readonly report?: Report;
  /** Of a builder that stays: the order that was begun last, of which all this is. */
  readonly order?: string;
}

/**
 * The order that a line of a builder's log says is begun; undefined: it says nothing of the kind. From there to its report, what a step says is of
 * that one.
 */
export function begunIn(line: string, step: string): string | undefined {
  const start = `[enbi] ${step} begins: order `;
  return line.startsWith(start) ? OrderId.safeParse(line.slice(start.length, start.length + 81)).data : undefined;
}

export function isReporting(container: string): container is Report['step'] {
  return reportingSteps.some((step) => step === container);
}

/** `result`: as JSON, the text of the termination message. */
export function reportLine({ step, order }: Pick<Report, 'step' | 'order'>, result: string): string {
  return `${reportPrefix}{"step":"${step}","order":"${order}","result":${result}}`;
}

/** The report that a line of a log is; undefined: it is none. */
export function parseReport(line: string): Report | undefined {
  if (!line.startsWith(reportPrefix) || line.length > maxReportLength) return undefined;
  try {
    return Report.safeParse(JSON.parse(line.slice(reportPrefix.length))).data;
  } catch {
    return undefined;
  }
}
