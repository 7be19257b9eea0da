import * as z from 'zod';
import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { type Bundle, type BundleFile, readDocument, requireFile } from './bundle.ts';
import { compressionOf, decompressed } from './compression.ts';
import { parseDocument, parseImageConfig } from './image-config.ts';
import { pairLayers } from './pair-layers.ts';
import type { Layer, Source } from './source.ts';
import { free, freed } from './spare-memory.ts';

/** `manifest.json` as `docker save` and nixpkgs write it. RepoTags are left unread: the order names the image. */
const Manifest = z.array(z.looseObject({ Config: z.string(), Layers: z.array(z.string()) }));

export async function dockerArchive(bundle: Bundle, manifestFile: BundleFile): Promise<Source> {
  const manifest = parseDocument(Manifest, 'manifest.json', await readDocument(manifestFile));
  const [image] = manifest;
  if (image === undefined || manifest.length > 1) {
    throw new UserError('InvalidArchive', `the archive holds ${manifest.length} images, enbi loads archives of one`);
  }
  const config = parseImageConfig(await readDocument(await requireFile(bundle, image.Config)));
  const named: [Sha256Digest, BundleFile][] = [];
  for (const [diffId, name] of pairLayers(config, image.Layers)) {
    named.push([diffId, await requireFile(bundle, name)]);
  }
  const sizes = await uncompressedSizes(named.map(([, file]) => file));
  const layers = named.map(([diffId, file]) => layerOf(file, diffId, sizes.get(file.position) ?? 0));
  const { sideBySide } = bundle;
  return { config, layers, sideBySide, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() };
}

/**
 * The format gives no digest for a layer but the diff_id, so a compressed layer (Kaniko writes them) is kept uncompressed:
 * then the diff_id is the blob's digest, known before the layer is read.
 */
function layerOf(file: BundleFile, diffId: Sha256Digest, sizeBytes: number): Layer {
  const compression = compressionOf(file.head);
  const open = () => (compression === 'none' ? file.open() : decompressed(compression, freed(file.open())));
  const { name, position } = file;
  return { origin: 'read', name, digest: diffId, diffId, sizeBytes, compression: 'none', position, open };
}

/** By the files' positions. Each file is unpacked once, however many layers it is, and all of them to what an image may hold. */
async function uncompressedSizes(files: readonly BundleFile[]): Promise<ReadonlyMap<number, number>> {
  const sizes = new Map<number, number>();
  let left: number = limits.contentBytes;
  for (const file of files.toSorted((one, other) => one.position - other.position)) {
    if (!sizes.has(file.position)) {
      const sizeBytes = await uncompressedSize(file, left);
      left -= sizeBytes;
      sizes.set(file.position, sizeBytes);
    }
  }
  return sizes;
}

async function uncompressedSize(file: BundleFile, contentBytes: number): Promise<number> {
  const compression = compressionOf(file.head);
  if (compression === 'none') {
    return file.sizeBytes;
  }
  let sizeBytes = 0;
  for await (const chunk of decompressed(compression, freed(file.open()), { ...limits, contentBytes })) {
    sizeBytes += chunk.length;
    free(chunk);
  }
  return sizeBytes;
}
