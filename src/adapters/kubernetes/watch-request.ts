import { asError, TransientError } from '../../errors.ts';
import type { WatchEvent } from '../../runtime/kube-client.ts';
import { readText } from './answer.ts';
import type { Connection } from './connection.ts';
import { watchEvents } from './watch-stream.ts';

/** One watch: the deadline is for the answer's head; after that only the signal, the server or the network ends it. */
export async function* openWatch(
  connection: Connection,
  path: string,
  { signal, deadlineMs }: { signal: AbortSignal; deadlineMs: number },
): AsyncGenerator<WatchEvent> {
  const opening = new AbortController();
  const deadline = setTimeout(() => opening.abort(), deadlineMs);
  try {
    const either = AbortSignal.any([signal, opening.signal]);
    const response = await connection.send({ method: 'GET', path, signal: either, longLived: true });
    if (response.statusCode !== 200) await readText(response, `GET ${path}`);
    clearTimeout(deadline);
    yield* watchEvents(bytesOf(response, path));
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    clearTimeout(deadline);
  }
}

async function* bytesOf(response: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  try {
    yield* response;
  } catch (thrown) {
    throw new TransientError('NetworkUnreachable', `GET ${path}: ${asError(thrown).message}`, { cause: thrown });
  }
}
