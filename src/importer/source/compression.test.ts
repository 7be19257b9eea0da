import { describe, expect, test } from 'vitest';
import { compress } from '../../../test/support/images.ts';
import { limits } from '../limits.ts';
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
  test('is noticed when it has unpacked to much from little', async () => {
    // A gzip file may hold many members; the same one over and over needs no memory here.
    const member = compress(Buffer.alloc(64 * 1024 * 1024), 'gzip');
    async function* bomb() {
      for (let count = 0; count < 40; count++) {
        yield member;
      }
    }
    let bytes = 0;
    const unpack = async () => {
      for await (const chunk of decompressed('gzip', bomb())) {
        bytes += chunk.length;
      }
    };
    await expect(unpack()).rejects.toMatchObject({ name: 'UserError', reason: 'InvalidArchive' });
    expect(bytes).toBeLessThanOrEqual(limits.unquestionedBytes);
  });
});

async function* each(chunks: readonly Buffer[]) {
  yield* chunks;
}
