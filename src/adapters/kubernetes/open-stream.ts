import { asError, TransientError } from '../../errors.ts';
import { readText } from './answer.ts';
import type { Connection } from './connection.ts';

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** For the answer's head. */
  readonly deadlineMs: number;
}

/** An answer that goes on for minutes, read as it comes. The signal ends it without an error. */
export async function* openStream<T>(
  connection: Connection,
  path: string,
  { signal, deadlineMs }: StreamOptions,
  read: (chunks: AsyncIterable<Buffer>) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const opening = new AbortController();
  const deadline = setTimeout(() => opening.abort(), deadlineMs);
  try {
    const either = AbortSignal.any([signal, opening.signal]);
    const response = await connection.send({ method: 'GET', path, signal: either, longLived: true });
    if (response.statusCode !== 200) await readText(response, `GET ${path}`);
    clearTimeout(deadline);
    yield* read(bytesOf(response, path));
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
