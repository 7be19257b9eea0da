import { TransientError } from '../../errors.ts';
import { apiStatusOf } from '../../runtime/api-status.ts';
import type { LogLine } from '../../runtime/kube-client.ts';
import type { Connection } from './connection.ts';
import { openStream, type StreamOptions } from './open-stream.ts';
import { streamLines } from './stream-lines.ts';

/** A builder may print a line without an end; nobody reads more than this of one. */
const longestLine = 16_384;

/** One container's log. What is not there (yet) is a `TransientError`. */
export async function* openLog(connection: Connection, path: string, options: StreamOptions): AsyncGenerator<LogLine> {
  try {
    yield* openStream(connection, path, options, logLines);
  } catch (thrown) {
    // 400: the container has not started yet, or has no log any more, which is no defect of the request.
    if (apiStatusOf(thrown)?.code !== 400) throw thrown;
    throw new TransientError('LogUnavailable', 'the container has no log yet, or no longer', { cause: thrown });
  }
}

export async function* logLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine> {
  for await (const line of streamLines(chunks, { max: longestLine, withLast: true })) {
    const [time = ''] = /^\d{4}-\d{2}-\d{2}T\S+/.exec(line) ?? [];
    // Without a time it is the kubelet's own word, about a log that was rotated away for example.
    yield { time, text: time === '' ? line : line.slice(time.length + 1) };
  }
}
