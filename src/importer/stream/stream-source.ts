import { lstat } from 'node:fs/promises';
import { Sha256Digest, type StorePath } from '../../api/result.ts';
import { asError, UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { madeLayer } from '../made/make-layer.ts';
import { pythonLayer } from '../made/python-layer.ts';
import type { Tree } from '../made/store-tree.ts';
import type { Ownership } from '../made/tar-member.ts';
import type { MemoryKey } from '../memory/memory.ts';
import { readDocument, requireFile } from '../source/bundle.ts';
import { directoryBundle } from '../source/directory-bundle.ts';
import { parseImageConfig } from '../source/image-config.ts';
import { pairLayers } from '../source/pair-layers.ts';
import type { Place, Reading } from '../source/place.ts';
import type { Layer, Source } from '../source/source.ts';
import { openBase } from './base-image.ts';
import { imageConfig, type NamedLayer } from './image-config.ts';
import { type Moment, momentOf, parseMoment } from './moment.ts';
import type { StreamConf } from './stream-conf.ts';
import { inStore, type StreamScript } from './stream-script.ts';

/** Raised when layers would be made with other bytes. */
const format = 1;

interface Making extends Reading {
  readonly place: Place;
  readonly script: StreamScript;
  readonly owner: Ownership;
  readonly tree: Tree;
}

/**
 * The image that a stream script would write, byte for byte in its layers, without running it: the script makes each layer
 * twice, whether anybody lacks it or not.
 */
export async function streamSource(place: Place, script: StreamScript, reading: Reading): Promise<Source> {
  const { conf } = script;
  const now = momentOf(new Date());
  const created = momentIn(conf.created, now);
  const base = await openBase(place, script, reading);
  const close = async () => base?.[Symbol.asyncDispose]();
  try {
    const { uid, gid, uname, gname } = conf;
    const owner = { uid, gid, uname, gname, mtime: momentIn(conf.mtime ?? conf.created, now).seconds };
    const tree = { store: place.root, count: reading.count };
    const layers = await allLayers(base, { ...reading, place, script, owner, tree });
    const document = imageConfig({ conf, created, layers, base: base?.config });
    const config = parseImageConfig(Buffer.from(JSON.stringify(document)));
    pairLayers(config, layers);
    return { config, layers: layers.map(({ layer }) => layer), [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function momentIn(text: StreamConf['created'], now: Moment): Moment {
  return parseMoment(text) ?? now;
}

async function allLayers(base: Source | undefined, making: Making): Promise<NamedLayer[]> {
  const below = (base?.layers ?? []).map((layer) => ({ layer, madeFrom: [layer.name ?? ''] }));
  let position = Math.max(0, ...below.map(({ layer }) => layer.position + 1));
  const layers: NamedLayer[] = [...below];
  const { store_layers } = making.script.conf;
  for (const [at, paths] of store_layers.entries()) {
    making.tell?.(`reading layer ${at + 1} of ${store_layers.length}`);
    layers.push({ layer: await storeLayer(paths, position++, making), madeFrom: paths });
    refuseMoreThanFits(layers);
  }
  const top = making.script.conf.customisation_layer;
  layers.push({ layer: await customisationLayer(top, position, making), madeFrom: [top] });
  return layers;
}

/** Before the next one is made: files with holes are large and cost nothing. */
function refuseMoreThanFits(layers: readonly NamedLayer[]): void {
  const sizeBytes = layers.reduce((total, { layer }) => total + layer.sizeBytes, 0);
  if (sizeBytes > limits.contentBytes) {
    throw new UserError('ImageTooLarge', `the image has more than ${limits.contentBytes} bytes`);
  }
}

async function storeLayer(paths: readonly StorePath[], position: number, making: Making): Promise<Layer> {
  const { owner, tree, memory } = making;
  const { rootMode } = making.script;
  const make = () => pythonLayer({ paths, rootMode, owner }, tree);
  return madeLayer({ key: await layerKey(paths, making), position, make }, memory);
}

/** Store paths and when each came to its name, since what was collected may have been built anew with other bytes. */
async function layerKey(paths: readonly StorePath[], { place, script, owner }: Making): Promise<MemoryKey> {
  const seen = await Promise.all(paths.map(async (path) => [path, ...(await identityOf(path, place))]));
  return { kind: 'layer', about: ['stream', format, script.rootMode, owner, seen] };
}

async function identityOf(path: StorePath, place: Place): Promise<string[]> {
  try {
    const { ino, ctimeNs } = await lstat(inStore(place, path), { bigint: true });
    return [String(ino), String(ctimeNs)];
  } catch (thrown) {
    throw new UserError('InvalidArchive', `${path} of the image is not in the store: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
}

/** Made when the package was built, with its checksum beside it: `extraCommands` and `fakeRootCommands` had their say there. */
async function customisationLayer(path: StorePath, position: number, { place, count }: Making): Promise<Layer> {
  const bundle = directoryBundle(place.root, inStore(place, path), count);
  const checksum = (await readDocument(await requireFile(bundle, 'checksum'))).toString('latin1').trim();
  const digest = Sha256Digest.safeParse(`sha256:${checksum}`);
  if (!digest.success) {
    throw new UserError('InvalidArchive', `${path}/checksum holds no SHA-256`);
  }
  const file = await requireFile(bundle, 'layer.tar');
  const diffId = digest.data;
  const { sizeBytes } = file;
  return { origin: 'read', digest: diffId, diffId, sizeBytes, compression: 'none', position, open: () => file.open() };
}
