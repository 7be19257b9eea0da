import { isReporting, reportPrefix } from '../../api/report.ts';
import { isBuilder } from '../../cluster-view/belonging.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { asError, PolicyError, TransientError } from '../../errors.ts';
import { isNotFound } from '../../runtime/api-status.ts';
import { pause } from '../../runtime/clock.ts';
import type { LogLine } from '../../runtime/kube-client.ts';
import type { CommandContext } from '../command-context.ts';
import type { LogStage } from './next-log.ts';
import { OrderLines } from './order-lines.ts';

export interface StageLine {
  /** `note`: not of the log, but about it. */
  readonly kind: 'line' | 'note';
  readonly text: string;
}

const all = { isShown: true, isLast: false };

const patience = 10;
const againMs = 1000;

/**
 * One container's log to its end, or that of its order, but for what it reports to the controller; a connection that is cut is taken up where it ended. What
 * cannot be read is said.
 */
export async function* readStage(
  stage: LogStage,
  pod: PodView,
  context: CommandContext,
  { follow, order }: { readonly follow: boolean; readonly order: string },
): AsyncGenerator<StageLine> {
  const { client, clock, signal } = context;
  const { namespace = '', name } = pod.metadata;
  const resume = new ResumedLog();
  const ofOrder = linesOf(order, stage, pod);
  let failures = 0;
  while (!signal.aborted) {
    const selection = { namespace, name, container: stage, follow, sinceTime: resume.sinceTime };
    try {
      for await (const text of shown(resume.unknown(client.followLog(selection, signal)), ofOrder)) {
        failures = 0;
        yield { kind: 'line', text };
      }
      return;
    } catch (thrown) {
      const why = whyEnded(thrown);
      failures += 1;
      if (why !== undefined || failures > patience) {
        yield { kind: 'note', text: why ?? `cannot be read: ${asError(thrown).message}` };
        return;
      }
      await pause(clock, againMs, signal);
    }
  }
}

/** Undefined: all are. */
function linesOf(order: string, stage: LogStage, pod: PodView): OrderLines | undefined {
  return isBuilder(pod) && isReporting(stage) ? new OrderLines(stage, order) : undefined;
}

/** What it reports is not for people. */
async function* shown(lines: AsyncIterable<LogLine>, ofOrder: OrderLines | undefined): AsyncGenerator<string> {
  for await (const { text } of lines) {
    const { isShown, isLast } = ofOrder?.take(text) ?? all;
    if (isShown && !text.startsWith(reportPrefix)) yield text;
    if (isLast) return;
  }
}

/** Undefined: it may go on. */
function whyEnded(thrown: unknown): string | undefined {
  if (isNotFound(thrown)) return 'the Pod is gone, the log with it';
  if (thrown instanceof PolicyError) return thrown.message;
  if (thrown instanceof TransientError) return undefined;
  throw thrown;
}

/** A log taken up again is told from a whole second on, so some lines come twice. */
class ResumedLog {
  #last = '';

  get sinceTime(): string | undefined {
    return this.#last === '' ? undefined : `${this.#last.slice(0, 19)}Z`;
  }

  async *unknown(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine> {
    for await (const line of lines) {
      if (line.time !== '' && line.time <= this.#last) continue;
      if (line.time !== '') this.#last = line.time;
      yield line;
    }
  }
}
