import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { jsonSource } from '../nix2container/json-source.ts';
import { readStreamScript } from '../stream/stream-script.ts';
import { streamSource } from '../stream/stream-source.ts';
import { openArchive } from './archive-bundle.ts';
import type { Bundle } from './bundle.ts';
import { type Compression, compressionOf, decompressed } from './compression.ts';
import { FileCursor, passingChunksOf, StreamCursor } from './cursor.ts';
import { directoryBundle } from './directory-bundle.ts';
import { dockerArchive } from './docker-archive.ts';
import { ociLayout } from './oci-layout.ts';
import type { Place, Reading } from './place.ts';
import { archiveKey, rememberedArchive } from './remembered-archive.ts';
import type { Source } from './source.ts';
import { kindOf, onlyNameIn, openWithin, resolveWithin } from './store-file.ts';
import { blockBytes, isTarHeader } from './tar-header.ts';

/**
 * The image at a path, its format told by content alone. A program is never run here, where the runtime's socket is:
 * UserError `NotAnImage`.
 */
export async function openSource(place: Place, reading: Reading): Promise<Source> {
  const path = await resolveWithin(place.root, place.path);
  const kind = await kindOf(place.root, path);
  if (kind === 'other') {
    throw new UserError('NotAnImage', `${place.name} is neither a file nor a directory`);
  }
  return kind === 'file' ? openFile({ ...place, path }, reading) : openDirectory({ ...place, path }, reading);
}

async function openFile(place: Place, reading: Reading): Promise<Source> {
  return (await openArchiveAt(place, reading)) ?? (await openDescription(place, reading));
}

/** Undefined: no archive. */
async function openArchiveAt(place: Place, reading: Reading): Promise<Source | undefined> {
  const file = await openWithin(place.root, place.path);
  const head = await headOf(file, reading);
  const compression = compressionOf(head);
  if (compression === 'none' && isTarHeader(head)) {
    return archiveIn(file, compression, place, reading);
  }
  const key = await archiveKey(file, place.name, reading.system);
  await file.close();
  if (compression === 'none') {
    return undefined;
  }
  const read = async () => archiveIn(await openWithin(place.root, place.path), compression, place, reading);
  return rememberedArchive(key, reading.memory, read);
}

/** What says how an image is made of store paths. */
async function openDescription(place: Place, reading: Reading): Promise<Source> {
  await using file = await openWithin(place.root, place.path);
  const head = await headOf(file, reading);
  const script = head.toString('latin1').startsWith('#!') ? await readStreamScript(place) : undefined;
  if (script !== undefined) {
    // Awaited here: while the file is closed, nobody else would hear of a failure, and the process would end by it.
    return await streamSource(place, script, { ...reading, openBase: (base) => openBase(base, reading) });
  }
  const image = startsJson(head) ? await jsonSource(place, reading) : undefined;
  if (image === undefined) {
    throw notAnImage(place.name, whatItIs(head));
  }
  return image;
}

async function openBase(place: Place, reading: Reading): Promise<Source> {
  const base = await openArchiveAt(place, reading);
  if (base === undefined) {
    throw new UserError('NotAnImage', `the base image ${place.name} is no archive`);
  }
  return base;
}

async function archiveIn(file: FileHandle, compression: Compression, { name }: Place, reading: Reading) {
  try {
    if (compression !== 'none' && !isTarHeader(await contentHead(file, compression, reading))) {
      throw notAnImage(name, 'a compressed file');
    }
    return await imageIn(await openArchive(file, compression, reading.count), name, reading.system);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function openDirectory(place: Place, reading: Reading): Promise<Source> {
  const bundle = directoryBundle(place.root, place.path, reading.count);
  if ((await bundle.file('oci-layout')) !== undefined) {
    return imageIn(bundle, place.name, reading.system);
  }
  const only = await onlyNameIn(place.root, place.path);
  if (only !== undefined) {
    const path = await resolveWithin(place.root, join(place.path, only));
    if ((await kindOf(place.root, path)) === 'file') {
      return openFile({ ...place, path }, reading);
    }
  }
  const isProgram = await kindOf(place.root, join(place.path, 'bin')).catch(() => 'other');
  throw notAnImage(place.name, isProgram === 'directory' ? 'a program' : 'a directory of files');
}

/** `docker save` writes both descriptions of late; the OCI one knows platforms. */
async function imageIn(bundle: Bundle, name: string, system: string): Promise<Source> {
  try {
    const index = await bundle.file('index.json');
    if (index !== undefined && (await bundle.file('oci-layout')) !== undefined) {
      return await ociLayout(bundle, index, system);
    }
    const manifest = await bundle.file('manifest.json');
    if (manifest !== undefined) {
      return await dockerArchive(bundle, manifest);
    }
    throw new UserError('NotAnImage', `${name} is an archive, but of no image: no manifest.json or index.json in it`);
  } catch (thrown) {
    await bundle[Symbol.asyncDispose]();
    throw thrown;
  }
}

async function headOf(file: FileHandle, { count }: Reading): Promise<Buffer> {
  const { size } = await file.stat();
  return new FileCursor(file, size, { count }).read(Math.min(size, blockBytes));
}

/** Of what the file unpacks to. */
async function contentHead(file: FileHandle, compression: Compression, { count }: Reading): Promise<Buffer> {
  const { size } = await file.stat();
  const data = passingChunksOf(new FileCursor(file, size, { count }), size);
  await using cursor = new StreamCursor(decompressed(compression, data));
  return cursor.read(blockBytes);
}

function notAnImage(name: string, what: string): UserError {
  const advice =
    'build one with dockerTools.buildLayeredImage or dockerTools.streamLayeredImage and name that attribute as the package';
  return new UserError('NotAnImage', `the package built ${what}, not an image: ${name}; ${advice}`);
}

function startsJson(head: Buffer): boolean {
  return head.toString('latin1').trimStart().startsWith('{');
}

function whatItIs(head: Buffer): string {
  const text = head.toString('latin1');
  if (text.startsWith('#!') || text.startsWith('\x7fELF')) {
    return 'a program';
  }
  return startsJson(head) ? 'JSON that describes no image' : 'a file';
}
