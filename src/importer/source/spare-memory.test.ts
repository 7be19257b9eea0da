import { expect, test } from 'vitest';
import { free, freed } from './spare-memory.ts';

const mebibyte = 1024 * 1024;

test('memory goes with the last piece of it', () => {
  const chunk = Buffer.alloc(mebibyte);
  free(chunk.subarray(0, 1000));
  expect(chunk).toHaveLength(mebibyte);
  free(chunk.subarray(1000));
  expect(chunk).toHaveLength(0);
});

test('memory that Node shares among buffers stays', () => {
  const [one, other] = [Buffer.from('one'), Buffer.from('other')];
  free(one);
  free(new Uint8Array(one.buffer));
  expect([one.toString(), other.toString()]).toEqual(['one', 'other']);
});

test('a chunk lives until the next is asked for', async () => {
  const chunks = [Buffer.alloc(mebibyte), Buffer.alloc(mebibyte)];
  async function* all() {
    yield* chunks;
  }
  const lengths: number[][] = [];
  for await (const chunk of freed(all())) {
    lengths.push([chunk.length, ...chunks.map(({ length }) => length)]);
  }
  expect(lengths).toEqual([
    [mebibyte, mebibyte, mebibyte],
    [mebibyte, 0, mebibyte],
  ]);
});
