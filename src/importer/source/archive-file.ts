import type { FileHandle } from 'node:fs/promises';
import { openArchive } from './archive-bundle.ts';
import { type Compression, compressionOf } from './compression.ts';
import { contentHead, headOf } from './file-head.ts';
import { imageIn, type Wanted } from './image-in.ts';
import { notAnImage } from './not-an-image.ts';
import type { Place, Reading } from './place.ts';
import { archiveKey, rememberedArchive } from './remembered-archive.ts';
import type { Source } from './source.ts';
import { openWithin } from './store-file.ts';
import { isTarHeader } from './tar-header.ts';

/** The image in an archive. Undefined: the file is none. */
export async function openArchiveAt(
  place: Place,
  reading: Reading,
  as: Wanted['as'] = 'image',
): Promise<Source | undefined> {
  const file = await openWithin(place.root, place.path);
  const head = await headOf(file, reading);
  const compression = compressionOf(head);
  const wanted = { name: place.name, system: reading.system, as };
  if (compression === 'none' && isTarHeader(head)) {
    return archiveIn(file, compression, wanted, reading);
  }
  const key = await archiveKey(file, wanted);
  await file.close();
  if (compression === 'none') {
    return undefined;
  }
  const read = async () => archiveIn(await openWithin(place.root, place.path), compression, wanted, reading);
  return rememberedArchive(key, reading.memory, read);
}

async function archiveIn(file: FileHandle, compression: Compression, wanted: Wanted, reading: Reading) {
  try {
    if (compression !== 'none' && !isTarHeader(await contentHead(file, compression, reading))) {
      throw notAnImage(wanted.name, 'a compressed file');
    }
    return await imageIn(await openArchive(file, compression, reading.count), wanted);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** Whether there is one at a path, of whatever. */
export async function isArchiveAt(place: Place, reading: Reading): Promise<boolean> {
  await using file = await openWithin(place.root, place.path);
  const head = await headOf(file, reading);
  const compression = compressionOf(head);
  return isTarHeader(compression === 'none' ? head : await contentHead(file, compression, reading));
}
