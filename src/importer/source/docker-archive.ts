import { z } from 'zod';
import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { type Bundle, type BundleFile, readDocument, requireFile } from './bundle.ts';
import { compressionOf, decompressed } from './compression.ts';
import { parseDocument, parseImageConfig } from './image-config.ts';
import { pairLayers } from './pair-layers.ts';
import type { Layer, Source } from './source.ts';

/** `manifest.json` as `docker save` and nixpkgs write it. RepoTags are left unread: the order names the image. */
const Manifest = z.array(z.looseObject({ Config: z.string(), Layers: z.array(z.string()) }));

export async function dockerArchive(bundle: Bundle, manifestFile: BundleFile): Promise<Source> {
  const manifest = parseDocument(Manifest, 'manifest.json', await readDocument(manifestFile));
  const [image] = manifest;
  if (image === undefined || manifest.length > 1) {
    throw new UserError('InvalidArchive', `the archive holds ${manifest.length} images, enbi loads archives of one`);
  }
  const config = parseImageConfig(await readDocument(await requireFile(bundle, image.Config)));
  const layers: Layer[] = [];
  for (const [diffId, name] of pairLayers(config, image.Layers)) {
    layers.push(await layerOf(await requireFile(bundle, name), diffId));
  }
  return { config, layers, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() };
}

/**
 * The format gives no digest for a layer but the diff_id, so a compressed layer (Kaniko writes them) is kept uncompressed:
 * then the diff_id is the blob's digest, known before the layer is read.
 */
async function layerOf(file: BundleFile, diffId: Sha256Digest): Promise<Layer> {
  const compression = compressionOf(file.head);
  const open = () => (compression === 'none' ? file.open() : decompressed(compression, file.open()));
  const sizeBytes = compression === 'none' ? file.sizeBytes : await sizeOf(open());
  return { digest: diffId, diffId, sizeBytes, compression: 'none', position: file.position, open };
}

async function sizeOf(data: AsyncIterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of data) {
    sizeBytes += chunk.length;
  }
  return sizeBytes;
}
