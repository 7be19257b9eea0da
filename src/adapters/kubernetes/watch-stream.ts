import * as z from 'zod';
import { TransientError } from '../../errors.ts';
import { metadataOf } from '../../runtime/identity.ts';
import type { WatchEvent } from '../../runtime/kube-client.ts';
import { answerOf } from './answer.ts';
import { streamLines } from './stream-lines.ts';

/** Watch events out of the server's stream of JSON lines. A last line cut in half is dropped: it will be sent again. */
export async function* watchEvents(chunks: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  for await (const line of streamLines(chunks)) {
    const event = parseEvent(line);
    if (event !== undefined) yield event;
  }
}

function parseEvent(line: string): WatchEvent | undefined {
  if (line.trim() === '') return undefined;
  const { type, object } = parseLine(line);
  if (type === 'ERROR') return { type, status: answerOf(object, 500) };
  if (type !== 'BOOKMARK') return { type, object };
  const { resourceVersion, annotations } = Bookmark.parse(metadataOf(object));
  const initialEventsEnd = annotations['k8s.io/initial-events-end'] === 'true';
  return { type, resourceVersion, ...(initialEventsEnd && { initialEventsEnd }) };
}

const Bookmark = z.object({
  resourceVersion: z.string(),
  annotations: z.record(z.string(), z.string()).default({}),
});

const Line = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']), object: z.unknown() });

function parseLine(line: string): z.infer<typeof Line> {
  try {
    return Line.parse(JSON.parse(line));
  } catch (thrown) {
    throw new TransientError('InvalidAnswer', 'a line of the watch is no watch event', { cause: thrown });
  }
}
