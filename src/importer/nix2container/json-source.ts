import { UserError } from '../../errors.ts';
import { inTurns } from '../made/make-layer.ts';
import { readDocument } from '../source/bundle.ts';
import { compressionOf } from '../source/compression.ts';
import { fileAt } from '../source/directory-bundle.ts';
import { parseDocument, parseImageConfig } from '../source/image-config.ts';
import { pairLayers } from '../source/pair-layers.ts';
import type { Place, Reading } from '../source/place.ts';
import type { Layer, Source } from '../source/source.ts';
import { refuseCompression } from '../source/unloadable-layer.ts';
import { goLayer } from './go-layer.ts';
import { ImageJson, type JsonLayer } from './image-json.ts';

/**
 * An image as nix2container's JSON describes it: every layer by its digest, so that those which the runtime has cost
 * nothing; the others are made of store paths, or lie in the store. Undefined: some other JSON.
 */
export async function jsonSource(place: Place, reading: Reading): Promise<Source | undefined> {
  const bytes = await readDocument(
    await fileAt({ store: place.root, path: place.path, name: place.name, position: 0 }, reading.count),
  );
  if (!looksLikeOne(bytes)) {
    return undefined;
  }
  const image = parseDocument(ImageJson, 'the JSON of nix2container', bytes);
  const config = parseImageConfig(Buffer.from(JSON.stringify(configOf(image))));
  const layers: Layer[] = [];
  for (const [, layer] of pairLayers(config, image.layers)) {
    layers.push(await layerOf(layer, layers.length, place, reading));
  }
  return { config, layers, [Symbol.asyncDispose]: async () => {} };
}

function looksLikeOne(bytes: Buffer): boolean {
  try {
    const found: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof found === 'object' && found !== null && 'image-config' in found && 'layers' in found;
  } catch {
    return false;
  }
}

function configOf(image: ImageJson) {
  const { arch, created, layers } = image;
  return {
    ...(created ? { created } : {}),
    architecture: arch,
    os: 'linux',
    config: image['image-config'],
    rootfs: { type: 'layers', diff_ids: layers.map(({ diff_ids }) => diff_ids) },
    history: layers.map(({ History }) => History ?? {}),
  };
}

async function layerOf(layer: JsonLayer, position: number, place: Place, reading: Reading): Promise<Layer> {
  const file = layer['layer-path'];
  const { digest, diff_ids: diffId, size: sizeBytes } = layer;
  if (file !== '') {
    return fileLayer(file, { digest, diffId, sizeBytes, position }, place, reading);
  }
  if (!layer.paths) {
    throw new UserError(
      'InvalidArchive',
      `layer ${digest} has neither paths nor a file; enbi fetches no layers of base images`,
    );
  }
  if (digest !== diffId) {
    throw new UserError('InvalidArchive', `layer ${digest} is compressed, yet it would have to be made of store paths`);
  }
  const { paths } = layer;
  const open = () => inTurns(goLayer(paths, { store: place.root, count: reading.count }));
  return { origin: 'made', digest, diffId, sizeBytes, compression: 'none', position, open };
}

type Told = Pick<Layer, 'digest' | 'diffId' | 'sizeBytes' | 'position'>;

async function fileLayer(path: string, told: Told, { root }: Place, { count }: Reading): Promise<Layer> {
  if (!path.startsWith('/nix/store/')) {
    throw new UserError(
      'InvalidArchive',
      `layer ${told.digest} lies at ${path.slice(0, 200)}, which is not in the store`,
    );
  }
  const file = await fileAt(
    { store: root, path: path.replace('/nix/store', root), name: path, position: told.position },
    count,
  );
  const { sizeBytes, head } = file;
  // nix2container leaves 0 where it was not told either: the layers of a base image. Their digest says enough.
  if (told.sizeBytes !== 0 && sizeBytes !== told.sizeBytes) {
    throw new UserError('DigestMismatch', `${path} has ${sizeBytes} bytes instead of ${told.sizeBytes}`);
  }
  refuseCompression(told.digest, head);
  const compression = compressionOf(head);
  if (compression === 'none' && told.digest !== told.diffId) {
    throw new UserError('DigestMismatch', `layer ${told.digest} is not compressed, yet its diff_id is ${told.diffId}`);
  }
  return { ...told, sizeBytes, origin: 'read', compression, open: () => file.open() };
}
