import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';

const chunkBytes = 1024 * 1024;

/** Gathers headers and small files into large chunks: a layer has thousands of them. */
export class Packer {
  #flushed = 0;
  #chunk = newChunk();
  #used = 0;

  /** Bytes so far. */
  get position(): number {
    return this.#flushed + this.#used;
  }

  *add(bytes: Buffer): Generator<Buffer, void, undefined> {
    let from = 0;
    yield* this.fill(bytes.length, (space) => {
      bytes.copy(space, 0, from, from + space.length);
      from += space.length;
    });
  }

  /** Space for that many bytes, in pieces; whoever asks fills each. */
  *fill(length: number, write: (space: Buffer) => void): Generator<Buffer, void, undefined> {
    // Before anything of it is read: a file with holes may be of any size.
    if (this.position + length > limits.contentBytes) {
      throw new UserError('ImageTooLarge', `a layer is larger than the ${limits.contentBytes} bytes an image may hold`);
    }
    for (let left = length; left > 0; ) {
      const space = this.#chunk.subarray(this.#used, Math.min(this.#used + left, chunkBytes));
      write(space);
      left -= space.length;
      this.#used += space.length;
      if (this.#used === chunkBytes) {
        yield* this.flush();
      }
    }
  }

  /** What is left; each chunk is memory of its own, since it may wait to be sent while the next is filled. */
  *flush(): Generator<Buffer, void, undefined> {
    const used = this.#used;
    this.#flushed += used;
    this.#used = 0;
    if (used > 0) {
      const full = Buffer.from(this.#chunk.buffer.transfer(used));
      this.#chunk = newChunk();
      yield full;
    }
  }
}

/** Not filled with zeros, and never a slice of memory that Node shares. */
function newChunk(): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafeSlow(chunkBytes);
}
