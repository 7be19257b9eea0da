/**
 * Each has memory of its own that nobody else looks at, or they are the pieces of such memory in order: whoever reads them
 * may free them.
 */
export type SpareChunks = AsyncIterable<Uint8Array>;

/** Frees each chunk when the next is asked for. */
export async function* freed<T extends Uint8Array>(chunks: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const chunk of chunks) {
    yield chunk;
    free(chunk);
  }
}

/**
 * Gives memory back now instead of leaving it to the collector, which begins only when 64 MiB of it lie about. For data whose
 * memory is its own, or that ends the memory it is a part of, when nobody looks at any of that again.
 */
export function free({ buffer, byteOffset, length }: Uint8Array): void {
  const endsItsMemory = byteOffset + length === buffer.byteLength;
  // Small buffers are slices of memory that Node shares among them.
  const isOwn = buffer.byteLength > Buffer.poolSize;
  if (endsItsMemory && isOwn && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
