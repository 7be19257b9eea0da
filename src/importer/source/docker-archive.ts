import * as z from 'zod';
import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { checkOs } from '../platform.ts';
import { type Bundle, type BundleFile, readDocument, requireFile } from './bundle.ts';
import { compressionOf, decompressed } from './compression.ts';
import { goList, goText } from './go-json.ts';
import { parseDocument, parseImageConfig } from './image-config.ts';
import { pairLayers } from './pair-layers.ts';
import type { Layer, Source } from './source.ts';
import { free, freed } from './spare-memory.ts';
import { missingLayer, refuseCompression, type TypedLayer } from './unloadable-layer.ts';

/** By diff_id, what a registry would be told of a layer. */
const LayerSources = z.record(z.string(), z.looseObject({ mediaType: goText(255) }));

/** `manifest.json` as `docker save` and nixpkgs write it. RepoTags are left unread: the order names the image. */
const Image = z.looseObject({
  Config: goText(limits.documentBytes),
  Layers: goList(z.string()),
  LayerSources: LayerSources.nullish().catch(undefined),
});
type Image = z.infer<typeof Image>;
const Manifest = goList(Image);

/** `first`: of several images, as nixpkgs' stream script takes its base. */
export async function dockerArchive(bundle: Bundle, manifest: Buffer, { first = false } = {}): Promise<Source> {
  const images = parseDocument(Manifest, 'manifest.json', manifest);
  const image = theOnly(first ? images.slice(0, 1) : images);
  const config = parseImageConfig(await readDocument(await requireFile(bundle, image.Config)));
  checkOs(config);
  const named: [Sha256Digest, BundleFile][] = [];
  for (const [diffId, name] of pairLayers(config, image.Layers)) {
    const file = await layerFile(bundle, name, { digest: diffId, mediaType: typeOf(diffId, image) });
    named.push([diffId, { ...file, name }]);
  }
  const sizes = await uncompressedSizes(named.map(([, file]) => file));
  const layers = named.map(([diffId, file]) => layerOf(file, diffId, sizes.get(file.position) ?? 0));
  const { sideBySide } = bundle;
  return { config, layers, sideBySide, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() };
}

/** Some writers name an image once for each of its tags. */
function theOnly(images: readonly Image[]): Image {
  const distinct = new Map(images.map((image) => [JSON.stringify([image.Config, image.Layers]), image]));
  const [image] = distinct.values();
  if (image === undefined || distinct.size > 1) {
    throw new UserError('InvalidArchive', `the archive holds ${distinct.size} images, enbi loads archives of one`);
  }
  return image;
}

function typeOf(diffId: Sha256Digest, { LayerSources }: Image): string {
  return LayerSources?.[diffId]?.mediaType ?? '';
}

async function layerFile(bundle: Bundle, name: string, layer: TypedLayer): Promise<BundleFile> {
  const file = await bundle.file(name);
  if (file === undefined) throw missingLayer(layer, name);
  refuseCompression(layer.digest, file.head);
  return file;
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
