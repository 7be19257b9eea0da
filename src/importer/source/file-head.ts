import type { FileHandle } from 'node:fs/promises';
import { type Compression, decompressed } from './compression.ts';
import { FileCursor, passingChunksOf, StreamCursor } from './cursor.ts';
import type { Reading } from './place.ts';
import { blockBytes } from './tar-header.ts';

/** As much as a header of tar takes. */
export async function headOf(file: FileHandle, { count }: Pick<Reading, 'count'>): Promise<Buffer> {
  const { size } = await file.stat();
  return new FileCursor(file, size, { count }).read(Math.min(size, blockBytes));
}

/** The same of what the file unpacks to. */
export async function contentHead(
  file: FileHandle,
  compression: Compression,
  { count }: Pick<Reading, 'count'>,
): Promise<Buffer> {
  const { size } = await file.stat();
  const data = passingChunksOf(new FileCursor(file, size, { count }), size);
  await using cursor = new StreamCursor(decompressed(compression, data));
  return cursor.read(blockBytes);
}
