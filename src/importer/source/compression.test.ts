import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../test/support/images.ts';
import { compressionOf, decompressed, otherCompressionOf } from './compression.ts';

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

describe('a Zstandard frame that is to be skipped', () => {
  const skippable = (kind: number, notes: string) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(0x184d2a50 + kind, 0);
    head.writeUInt32LE(notes.length, 4);
    return Buffer.concat([head, Buffer.from(notes)]);
  };
  const frame = compress(Buffer.from('content'), 'zstd');

  test.each([0, 1, 14, 15])('is, wherever it stands; one of kind %i at the beginning is a beginning', async (kind) => {
    const whole = Buffer.concat([
      skippable(kind, ''),
      skippable(kind, 'notes'),
      frame,
      skippable(kind, 'notes'),
      frame,
      skippable(kind, ''),
    ]);
    expect(compressionOf(whole)).toBe('zstd');
    for (const bytes of [1, 10, 1e9]) {
      const unpacked = await Array.fromAsync(decompressed('zstd', pieces(whole, bytes)));
      expect(Buffer.concat(unpacked).toString()).toBe('contentcontent');
    }
  });

  test('is no beginning of another number, and ends as it says', async () => {
    const other = skippable(16, 'notes');
    expect(compressionOf(Buffer.concat([other, frame]))).toBe('none');
    const cut = Buffer.concat([skippable(0, 'notes'), frame]).subarray(0, 10);
    await expect(Array.fromAsync(decompressed('zstd', pieces(cut, 3)))).rejects.toMatchObject({
      reason: 'InvalidArchive',
    });
  });
});

test('Zstandard data that looks back further than Node does says so', async () => {
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (28 - 10) << 3, 1, 0, 0]);
  await expect(Array.fromAsync(decompressed('zstd', each([frame])))).rejects.toMatchObject({
    reason: 'InvalidArchive',
    message: expect.stringContaining('zstd --long'),
  });
});

test.each([
  ['xz', '\xfd7zXZ\0'],
  ['bzip2', 'BZh91AY&SY'],
  ['bzip2', 'BZh1\x17rE8P\x90'],
  ['lz4', '\x04\x22\x4d\x18'],
  ['lzip', 'LZIP\x01'],
  ['zip', 'PK\x03\x04'],
  [undefined, 'BZh is how a text begins'],
  [undefined, ''],
])('a compression that nobody unpacks is known by its name: %s', (name, beginning) => {
  expect(otherCompressionOf(Buffer.from(beginning, 'latin1'))).toBe(name);
});

async function* pieces(data: Buffer, bytes: number) {
  for (let at = 0; at < data.length; at += bytes) {
    yield data.subarray(at, at + bytes);
  }
}

async function* each(chunks: readonly Buffer[]) {
  yield* chunks;
}
