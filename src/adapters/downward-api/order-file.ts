import { type FSWatcher, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orderListLimits } from '../../api/order-list.ts';
import type { OrderSource } from '../../mailbox/order-source.ts';

/**
 * A file of a downward-API volume. The kubelet writes a new directory beside the old one and then moves the link `..data` from that to
 * this (pkg/volume/util/atomic_writer.go): no file is ever half written, and what changes is a name in the volume's own directory.
 */
export function orderFile(path: string): OrderSource {
  return { read: () => readStart(path), subscribe: (listener) => watchDirectory(dirname(path), listener) };
}

/** A byte more than a list may have shows that it has more. */
async function readStart(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const space = Buffer.alloc(orderListLimits.bytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < space.length; length += read) {
      ({ bytesRead: read } = await file.read(space, length, space.length - length, length));
    }
    return space.toString('utf8', 0, length);
  } catch {
    return undefined;
  }
}

/** A node whose watches are used up has none left: then the list is found when it is looked for. */
function watchDirectory(directory: string, listener: () => void): () => void {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(directory, () => listener());
    watcher.on('error', () => watcher?.close());
  } catch {
    watcher = undefined;
  }
  return () => watcher?.close();
}
