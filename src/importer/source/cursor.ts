import type { FileHandle } from 'node:fs/promises';
import type { ReadCount } from './read-count.ts';

const chunkBytes = 1024 * 1024;

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

  async read(length: number): Promise<Buffer> {
    // A buffer of its own each time: chunks may still wait to be sent while the next one is read.
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(buffer, filled, length - filled, this.position);
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

/** Over a stream, such as what a decompressor gives. */
export class StreamCursor implements Cursor, AsyncDisposable {
  position = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.readSome(left);
      if (part.length === 0) {
        break;
      }
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0; ) {
      const part = await this.readSome(left);
      if (part.length === 0) {
        return false;
      }
      left -= part.length;
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }

  async readSome(most: number): Promise<Buffer> {
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
