import { PassThrough, pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { refuseUnless } from './refusal.ts';
import { splitAtFrames } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Told by content: the first bytes of gzip (RFC 1952) and Zstandard (RFC 8878); media types and names can lie. */
export function compressionOf(head: Buffer): Compression {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) {
    return 'gzip';
  }
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : 'none';
}

/**
 * The content of compressed data, all its gzip members or Zstandard frames. It may be damaged, cut short or followed by
 * something else: UserError `InvalidArchive`; or a bomb: `ImageTooLarge`. When it asks for more data it is done with what it had,
 * and what it gives has memory of its own, piece by piece in order.
 */
export async function* decompressed(
  compression: Compression,
  data: AsyncIterable<Uint8Array>,
  caps: Caps = limits,
): AsyncGenerator<Buffer, void, undefined> {
  const allowance = new Allowance(caps);
  // Errors of the whole chain, also the source's own, come out of the last stream's iteration.
  const output = decompressor(compression);
  const input = compression === 'zstd' ? splitAtFrames(data) : data;
  pipeline(allowance.countInput(input), output, () => {});
  try {
    for await (const chunk of output) {
      allowance.countOutput(chunk);
      yield chunk;
    }
    // Zeros behind the last gzip member end Node's decompressor and fail Go's, which unpacks layers for the runtime.
    refuseUnless(
      !('bytesWritten' in output) || output.bytesWritten === allowance.inputBytes,
      `something else follows the ${compression} data`,
    );
  } catch (thrown) {
    throw isZlibFailure(thrown)
      ? new UserError('InvalidArchive', `${compression} data is damaged or cut short: ${thrown.message}`, {
          cause: thrown,
        })
      : thrown;
  }
}

function decompressor(compression: Compression) {
  if (compression === 'none') {
    return new PassThrough();
  }
  // Never a byte ahead: so data is asked for only when all that was given has been decompressed.
  const options = { chunkSize: 1024 * 1024, writableHighWaterMark: 1 };
  return compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
}

type Caps = Readonly<Record<'unquestionedBytes' | 'ratio' | 'contentBytes', number>>;

class Allowance {
  readonly #caps: Caps;
  inputBytes = 0;
  #outputBytes = 0;

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  async *countInput(data: AsyncIterable<Uint8Array>) {
    for await (const chunk of data) {
      this.inputBytes += chunk.length;
      yield chunk;
    }
  }

  countOutput(chunk: Buffer): void {
    this.#outputBytes += chunk.length;
    const { unquestionedBytes, ratio, contentBytes } = this.#caps;
    const most = Math.max(unquestionedBytes, this.inputBytes * ratio);
    if (this.#outputBytes > Math.min(most, contentBytes)) {
      throw new UserError('ImageTooLarge', 'the compressed data unpacks to more than an image may hold');
    }
  }
}

function isZlibFailure(thrown: unknown): thrown is Error {
  return thrown instanceof Error && 'code' in thrown && /^(Z_|ZSTD_|ERR_ZLIB)/.test(String(thrown.code));
}
