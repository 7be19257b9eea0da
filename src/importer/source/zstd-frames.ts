import { limits } from '../limits.ts';
import { refuseBeyond } from './refusal.ts';

/**
 * The same bytes in chunks of which none goes on after the end of a Zstandard frame (RFC 8878, 3.1). Node's decompressor takes
 * the end of a frame for the end of the data when more follows in one chunk, and would drop the rest without a word; many
 * writers make several frames (pzstd, zstd:chunked). Frames may be empty, so they are counted: UserError `ImageTooLarge`.
 */
export async function* splitAtFrames(
  data: AsyncIterable<Uint8Array>,
  mostFrames: number = limits.frames,
): AsyncGenerator<Uint8Array, void, undefined> {
  const walk = new FrameWalk();
  for await (const chunk of data) {
    for (let from = 0; from < chunk.length; ) {
      const to = from + walk.upToFrameEnd(chunk.subarray(from));
      refuseBeyond(walk.frames <= mostFrames, `the zstd data has more than ${mostFrames} frames`);
      yield chunk.subarray(from, to);
      from = to;
    }
  }
}

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a5;

type State = 'magic' | 'descriptor' | 'skippable' | 'block' | 'unknown';

/** Goes from one length that the format states to the next. What is no frame is left to the decompressor to refuse. */
class FrameWalk {
  /** That have ended. */
  frames = 0;
  #state: State = 'magic';
  /** Bytes of the part that says what follows, so far. */
  #part = Buffer.alloc(0);
  #skip = 0;
  #hasChecksum = false;
  #endsAfterSkip = false;

  /** How many of these bytes to take until a frame ends, all if none does. */
  upToFrameEnd(data: Uint8Array): number {
    for (let at = 0; at < data.length; ) {
      if (this.#state === 'unknown') {
        return data.length;
      }
      at += this.#skip > 0 ? this.#skipped(data.length - at) : this.#read(data.subarray(at));
      if (this.#skip === 0 && this.#endsAfterSkip) {
        this.#endsAfterSkip = false;
        this.frames += 1;
        return at;
      }
    }
    return data.length;
  }

  #skipped(available: number): number {
    const count = Math.min(this.#skip, available);
    this.#skip -= count;
    return count;
  }

  #read(data: Uint8Array): number {
    const wanted = { magic: 4, descriptor: 1, skippable: 4, block: 3, unknown: 0 }[this.#state];
    const taken = data.subarray(0, wanted - this.#part.length);
    this.#part = Buffer.concat([this.#part, taken]);
    if (this.#part.length === wanted) {
      this.#next(this.#part);
      this.#part = Buffer.alloc(0);
    }
    return taken.length;
  }

  #next(part: Buffer): void {
    switch (this.#state) {
      case 'magic':
        this.#state = stateAfter(part.readUInt32LE());
        break;
      case 'descriptor':
        this.#skip = headerBytes(part.readUInt8());
        this.#hasChecksum = (part.readUInt8() & 0b100) !== 0;
        this.#state = 'block';
        break;
      case 'skippable':
        this.#frameEndsAfter(part.readUInt32LE());
        break;
      case 'block':
        this.#block(part.readUIntLE(0, 3));
        break;
      case 'unknown':
        break;
    }
  }

  #block(header: number): void {
    const isRunOfOneByte = ((header >> 1) & 0b11) === 1;
    const bytes = isRunOfOneByte ? 1 : header >> 3;
    if ((header & 1) === 1) {
      this.#frameEndsAfter(bytes + (this.#hasChecksum ? 4 : 0));
    } else {
      this.#skip = bytes;
    }
  }

  #frameEndsAfter(bytes: number): void {
    this.#skip = bytes;
    this.#endsAfterSkip = true;
    this.#state = 'magic';
  }
}

export function isZstdMagic(magic: number): boolean {
  return stateAfter(magic) !== 'unknown';
}

function stateAfter(magic: number): State {
  if (magic === frameMagic) {
    return 'descriptor';
  }
  return magic >>> 4 === skippableMagic ? 'skippable' : 'unknown';
}

/** What follows the descriptor: window, dictionary, content size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0b100000) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionary + contentSize;
}
