import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { splitAtFrames } from './zstd-frames.ts';

const skippable = Buffer.from('502a4d1800000000', 'hex');
const empty = zstdCompressSync(Buffer.alloc(0));

async function piecesOf(frames: readonly Buffer[], most: number): Promise<number> {
  // One byte at the end belongs to the frame that it ends: chunks have no part in the count.
  const data = Buffer.concat(frames);
  const chunks = [data.subarray(0, data.length - 1), data.subarray(data.length - 1)];
  return (await Array.fromAsync(splitAtFrames(inTurn(chunks), most))).length;
}

async function* inTurn(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

test.each([
  ['empty', empty],
  ['skippable', skippable],
])('as many %s frames as may be are read, and not one more', async (_, frame) => {
  expect(await piecesOf(Array(5).fill(frame), 5)).toBe(6);
  await expect(piecesOf(Array(6).fill(frame), 5)).rejects.toMatchObject({ reason: 'ImageTooLarge' });
});
