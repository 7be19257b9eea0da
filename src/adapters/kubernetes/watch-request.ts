import type { WatchEvent } from '../../runtime/kube-client.ts';
import type { Connection } from './connection.ts';
import { openStream, type StreamOptions } from './open-stream.ts';
import { watchEvents } from './watch-stream.ts';

/** One watch: the deadline is for the answer's head; after that only the signal, the server or the network ends it. */
export function openWatch(connection: Connection, path: string, options: StreamOptions): AsyncIterable<WatchEvent> {
  return openStream(connection, path, options, watchEvents);
}
