import type { FileHandle } from 'node:fs/promises';
import type { ReadCount } from './read-count.ts';
import { free } from './spare-memory.ts';

const chunkBytes = 1024 * 1024;
const passingChunkBytes = 256 * 1024;

/** Reads bytes in order. A short answer means the end. */
export interface Cursor {
  readonly position: number;
  read(length: number): Promise<Buffer>;
  /** As much of it as costs no copy. Nothing means the end. */
  readSome(most: number): Promise<Buffer>;
  /** Whether there were that many bytes. */
  skip(length: number): Promise<boolean>;
}

export async function* chunksOf(cursor: Cursor, length: number): AsyncGenerator<Buffer, void, undefined> {
  for (let left = length; left > 0; ) {
    const chunk = await cursor.readSome(Math.min(left, chunkBytes));
    if (chunk.length === 0) {
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}

/** Each is there until the next is asked for: all are read into the same memory. */
export async function* passingChunksOf(cursor: FileCursor, length: number): AsyncGenerator<Buffer, void, undefined> {
  const space = Buffer.allocUnsafeSlow(passingChunkBytes);
  for (let left = length; left > 0; ) {
    const chunk = await cursor.fill(space.subarray(0, left));
    if (chunk.length === 0) {
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}

/** Over a plain file, where skipping costs nothing. */
export class FileCursor implements Cursor {
  position: number;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #count: ReadCount | undefined;

  constructor(file: FileHandle, size: number, { position = 0, count }: { position?: number; count?: ReadCount } = {}) {
    this.#file = file;
    this.#size = size;
    this.#count = count;
    this.position = position;
  }

  read(length: number): Promise<Buffer> {
    // A buffer of its own each time: chunks may still wait to be sent while the next one is read.
    return this.fill(Buffer.allocUnsafe(length));
  }

  /** As much of it as there is more. */
  async fill(buffer: Buffer): Promise<Buffer> {
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.#file.read(buffer, filled, buffer.length - filled, this.position);
      if (bytesRead === 0) {
        break;
      }
      filled += bytesRead;
      this.position += bytesRead;
    }
    if (this.#count !== undefined) {
      this.#count.bytes += filled;
    }
    return buffer.subarray(0, filled);
  }

  readSome(most: number): Promise<Buffer> {
    return this.read(most);
  }

  async skip(length: number): Promise<boolean> {
    this.position += length;
    return this.position <= this.#size;
  }
}

/**
 * Over a stream, such as what a decompressor gives. With `spareChunks`, what is skipped or copied is freed: its memory is the
 * chunks' own, whole or piece by piece in order.
 */
export class StreamCursor implements Cursor, AsyncDisposable {
  position = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #spareChunks: boolean;
  #rest: Buffer = Buffer.alloc(0);
  /** Whoever got a part of it may still look at it. */
  #lent: ArrayBufferLike | undefined;

  constructor(chunks: AsyncIterable<Buffer>, { spareChunks = false } = {}) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#spareChunks = spareChunks;
  }

  /** A copy: what is read is small and may be kept, and would keep the chunk it is a part of. */
  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.#pass(length, (part) => parts.push(Buffer.from(part)));
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<boolean> {
    return (await this.#pass(length, () => {})) === length;
  }

  async readSome(most: number): Promise<Buffer> {
    const part = await this.#next(most);
    this.#lent = part.buffer;
    return part;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }

  /** How many bytes there were. */
  async #pass(length: number, look: (part: Buffer) => void): Promise<number> {
    let passed = 0;
    while (passed < length) {
      const part = await this.#next(length - passed);
      if (part.length === 0) {
        break;
      }
      passed += part.length;
      look(part);
      if (this.#spareChunks && part.buffer !== this.#lent) free(part);
    }
    return passed;
  }

  async #next(most: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      this.#rest = next.done === true ? Buffer.alloc(0) : next.value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    this.position += part.length;
    return part;
  }
}
