import { PassThrough, pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { refuseUnless } from './refusal.ts';
import { isZstdMagic, splitAtFrames } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** As many bytes as tell how content is compressed. */
export const headBytes = 10;

/**
 * Told by content: the first bytes of gzip (RFC 1952) and Zstandard (RFC 8878); media types and names can lie. Zstandard may
 * begin with a frame that is to be skipped: pzstd writes the size of the next one there, others their notes.
 */
export function compressionOf(head: Buffer): Compression {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) {
    return 'gzip';
  }
  return head.length >= 4 && isZstdMagic(head.readUInt32LE(0)) ? 'zstd' : 'none';
}

/** How files begin that are compressed in a way which neither enbi nor the runtime unpacks. */
const others: readonly (readonly [name: string, beginning: string])[] = [
  ['xz', '\xfd7zXZ\0'],
  ['lzip', 'LZIP\x01'],
  ['lz4', '\x04\x22\x4d\x18'],
  ['zip', 'PK\x03\x04'],
  // With the first block, or without any, for a text may begin with the rest; so many hundred thousand bytes a block.
  ...'123456789'
    .split('')
    .flatMap((size) => ['1AY&SY', '\x17rE8P\x90'].map((block) => ['bzip2', `BZh${size}${block}`] as const)),
];

/** By name, a compression that is none of those above. */
export function otherCompressionOf(head: Buffer): string | undefined {
  const text = head.toString('latin1', 0, headBytes);
  return others.find(([, beginning]) => text.startsWith(beginning))?.[0];
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
    throw isZlibFailure(thrown) ? damaged(compression, thrown) : thrown;
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

function damaged(compression: Compression, thrown: Error & { readonly code: unknown }): UserError {
  // Node's own limit; nobody needs more to unpack a layer, and whoever may ask for more may ask for 2 GiB.
  const isFar = thrown.code === 'ZSTD_error_frameParameter_windowTooLarge';
  const what = isFar ? 'looks back further than 128 MiB (zstd --long)' : `is damaged or cut short: ${thrown.message}`;
  return new UserError('InvalidArchive', `${compression} data ${what}`, { cause: thrown });
}

function isZlibFailure(thrown: unknown): thrown is Error & { readonly code: unknown } {
  return thrown instanceof Error && 'code' in thrown && /^(Z_|ZSTD_|ERR_ZLIB)/.test(String(thrown.code));
}
