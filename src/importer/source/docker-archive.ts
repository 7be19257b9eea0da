import * as z from 'zod';
import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { checkOs, rankOf } from '../platform.ts';
import { type Bundle, type BundleFile, readDocument, requireFile } from './bundle.ts';
import { compressionOf, decompressed } from './compression.ts';
import { goList, goText } from './go-json.ts';
import { ConfigPlatform, parseDocument, parseImageConfig } from './image-config.ts';
import { pairLayers } from './pair-layers.ts';
import { refuseBeyond } from './refusal.ts';
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

interface Wanted {
  readonly system: string;
  /** Of several images, as nixpkgs' stream script takes its base. */
  readonly first: boolean;
}

export async function dockerArchive(bundle: Bundle, manifest: Buffer, { system, first }: Wanted): Promise<Source> {
  const images = distinct(parseDocument(Manifest, 'manifest.json', manifest));
  const [image] = first || images.length < 2 ? images : [await onlyFor(system, images, bundle)];
  if (image === undefined)
    throw new UserError('InvalidArchive', 'the archive holds 0 images, enbi loads archives of one');
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
function distinct(images: readonly Image[]): readonly Image[] {
  return [...new Map(images.map((image) => [JSON.stringify([image.Config, image.Layers]), image])).values()];
}

/** Of one image for each architecture, as apko writes them, the one that suits the system best. */
async function onlyFor(system: string, images: readonly Image[], bundle: Bundle): Promise<Image> {
  refuseBeyond(
    images.length <= limits.candidates,
    `the archive holds ${images.length} images, at most ${limits.candidates} are looked at`,
  );
  const configs = await Promise.all(
    images.map(async (image) => ({ image, file: await requireFile(bundle, image.Config) })),
  );
  const ranked: { readonly image: Image; readonly rank: number }[] = [];
  // As they lie, which is the cheapest.
  for (const { image, file } of configs.toSorted((one, other) => one.file.position - other.file.position)) {
    const rank = rankOf(parseDocument(ConfigPlatform, 'the image config', await readDocument(file)), system);
    if (rank !== undefined) ranked.push({ image, rank });
  }
  const best = Math.min(...ranked.map(({ rank }) => rank));
  const [found, ...others] = ranked.filter(({ rank }) => rank === best);
  if (found !== undefined && others.length === 0) return found.image;
  const many = `the archive holds ${images.length} images, ${others.length === 0 ? 'none' : others.length + 1} of them for ${system}`;
  throw new UserError('InvalidArchive', `${many}; enbi loads archives of one image for each system`);
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
