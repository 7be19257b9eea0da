import type { PodView } from '../../cluster-view/pod.ts';
import { asError, TransientError } from '../../errors.ts';
import { isNotFound } from '../../runtime/api-status.ts';
import { pause } from '../../runtime/clock.ts';
import type { LogLine, LogSelection } from '../../runtime/kube-client.ts';
import type { CommandContext } from '../command-context.ts';

export interface StageLine {
  /** `note`: not of the log, but about it. */
  readonly kind: 'line' | 'note';
  readonly text: string;
}

export interface Reading extends Pick<LogSelection, 'container' | 'follow' | 'sinceTime' | 'limitBytes'> {
  readonly pod: PodView;
  /** What people are shown of a line; undefined: nothing. */
  readonly shown: (line: string) => string | undefined;
  /** No line after this one is worth waiting for. */
  readonly isLast?: (line: string) => boolean;
}

const patience = 10;
const againMs = 1000;

/**
 * One container's log to its end; a connection that is cut is taken up where it ended. What cannot be read is said, but for a lack of
 * rights: that throws.
 */
export async function* readLog(reading: Reading, context: CommandContext): AsyncGenerator<StageLine> {
  const { client, clock, signal } = context;
  const { namespace = '', name } = reading.pod.metadata;
  const { container, follow, limitBytes, shown } = reading;
  const resume = new ResumedLog(reading);
  let failures = 0;
  while (!signal.aborted) {
    const selection = { namespace, name, container, follow, limitBytes, sinceTime: resume.sinceTime };
    try {
      for await (const { text } of resume.unknown(client.followLog(selection, signal))) {
        failures = 0;
        yield* told(shown(text));
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

function told(text: string | undefined): StageLine[] {
  return text === undefined ? [] : [{ kind: 'line', text }];
}

/** Undefined: it may go on. */
function whyEnded(thrown: unknown): string | undefined {
  if (isNotFound(thrown)) return 'the Pod is gone, the log with it';
  if (thrown instanceof TransientError) return undefined;
  throw thrown;
}

/** A log taken up again is told from a whole second on, so some lines come twice. */
class ResumedLog {
  readonly #reading: Pick<Reading, 'sinceTime' | 'isLast'>;
  #last = '';

  constructor(reading: Pick<Reading, 'sinceTime' | 'isLast'>) {
    this.#reading = reading;
  }

  get sinceTime(): string | undefined {
    return this.#last === '' ? this.#reading.sinceTime : `${this.#last.slice(0, 19)}Z`;
  }

  async *unknown(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine> {
    for await (const line of lines) {
      if (line.time !== '' && line.time <= this.#last) continue;
      if (line.time !== '') this.#last = line.time;
      yield line;
      if (this.#reading.isLast?.(line.text) === true) return;
    }
  }
}
