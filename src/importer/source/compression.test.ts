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
    await expect(unpack()).rejects.toMatchObject({ name: 'UserError', reason: 'InvalidArchive' });
    expect(bytes).toBeLessThanOrEqual(4 * mebibyte);
  });

  test('is none while it stays small', async () => {
    const unpacked = await Array.fromAsync(decompressed('gzip', each([zeros])));
    expect(Buffer.concat(unpacked)).toHaveLength(8 * mebibyte);
  });
});

async function* each(chunks: readonly Buffer[]) {
  yield* chunks;
}
