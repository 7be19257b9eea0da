import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../test/support/images.ts';
import { compressionOf, decompressed } from './compression.ts';

test.each(['none', 'gzip', 'zstd'] as const)('content tells its compression: %s', async (compression) => {
  const bytes = compress(Buffer.from('content'), compression);
  expect(compressionOf(bytes)).toBe(compression);
  const unpacked = await Array.fromAsync(decompressed(compression, each([bytes])));
  expect(Buffer.concat(unpacked).toString()).toBe('content');
});

test('too few bytes are no compression', () => {
  expect(compressionOf(Buffer.from([0x1f]))).toBe('none');
  expect(compressionOf(Buffer.alloc(0))).toBe('none');
});

describe('a bomb', () => {
  const mebibyte = 1024 * 1024;
  const zeros = compress(Buffer.alloc(8 * mebibyte), 'gzip');

  test.each([
    ['much from little', { unquestionedBytes: mebibyte, ratio: 200, contentBytes: 64 * mebibyte }],
    ['too much', { unquestionedBytes: mebibyte, ratio: 2000, contentBytes: 4 * mebibyte }],
  ])('is noticed before it has unpacked to %s', async (_, caps) => {
    let bytes = 0;
    const unpack = async () => {
      for await (const chunk of decompressed('gzip', each([zeros]), caps)) {
        bytes += chunk.length;
      }
    };
    await expect(unpack()).rejects.toMatchObject({ name: 'UserError', reason: 'ImageTooLarge' });
    expect(bytes).toBeLessThanOrEqual(4 * mebibyte);
  });

  test('is none while it stays small', async () => {
    const unpacked = await Array.fromAsync(decompressed('gzip', each([zeros])));
    expect(Buffer.concat(unpacked)).toHaveLength(8 * mebibyte);
  });
});

describe.each(['gzip', 'zstd'] as const)('%s data', (compression) => {
  const parts = [
    Buffer.from('one'),
    randomBytes(300_000),
    Buffer.alloc(500_000, 'x'),
    Buffer.alloc(0),
    Buffer.from('z'),
  ];
  const whole = Buffer.concat(parts.map((part) => compress(part, compression)));

  test.each([1000, 131_072, 1e9])('in several parts is read to its end, in pieces of %i bytes', async (bytes) => {
    const unpacked = await Array.fromAsync(decompressed(compression, pieces(whole, bytes)));
    expect(Buffer.concat(unpacked).equals(Buffer.concat(parts))).toBe(true);
  });

  test.each([
    ['zeros', Buffer.alloc(100)],
    ['a text', Buffer.from('something else')],
    ['half a part', whole.subarray(0, 5)],
  ])('with %s behind is refused', async (_, rest) => {
    for (const bytes of [1, 7, 1e9]) {
      const data = pieces(Buffer.concat([compress(Buffer.from('content'), compression), rest]), bytes);
      await expect(Array.fromAsync(decompressed(compression, data))).rejects.toMatchObject({
        name: 'UserError',
        reason: 'InvalidArchive',
      });
    }
  });

  test('cut anywhere is refused', async () => {
    const data = compress(Buffer.from('some content, some content'), compression);
    for (let length = 4; length < data.length; length++) {
      const cut = Array.fromAsync(decompressed(compression, pieces(data.subarray(0, length), 5)));
      await expect(cut).rejects.toMatchObject({ reason: 'InvalidArchive' });
    }
  });
});

test('a Zstandard frame that is to be skipped is', async () => {
  const skippable = Buffer.concat([Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]), Buffer.from('notes')]);
  const frame = compress(Buffer.from('content'), 'zstd');
  for (const bytes of [1, 10, 1e9]) {
    const data = pieces(Buffer.concat([skippable, frame, skippable, frame, skippable]), bytes);
    const unpacked = await Array.fromAsync(decompressed('zstd', data));
    expect(Buffer.concat(unpacked).toString()).toBe('contentcontent');
  }
});

async function* pieces(data: Buffer, bytes: number) {
  for (let at = 0; at < data.length; at += bytes) {
    yield data.subarray(at, at + bytes);
  }
}

async function* each(chunks: readonly Buffer[]) {
  yield* chunks;
}
