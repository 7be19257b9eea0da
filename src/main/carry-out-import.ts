import { setTimeout as sleep } from 'node:timers/promises';
import { type ImportOrder, progressPrefix } from '../api/order.ts';
import type { ImportSuccess } from '../api/result.ts';
import { asError } from '../errors.ts';
import { type ImportDeps, importImage } from '../importer/import-image.ts';
import { DirectoryMemory } from '../importer/memory/directory-memory.ts';
import { doubting } from '../importer/memory/doubting.ts';
import type { NodeImages } from '../importer/ports.ts';
import { pinOwnImage } from '../importer/sink/own-image.ts';
import { openSource } from '../importer/source/open-source.ts';
import type { Place } from '../importer/source/place.ts';
import { ReadCount } from '../importer/source/read-count.ts';
import { resolveWithin } from '../importer/source/store-file.ts';
import { readStreamScript } from '../importer/stream/stream-script.ts';
import { connectToNode } from './connect-to-node.ts';

/** What an import reads from and learns into. */
export interface StorePlaces {
  /** The tenant's store, read-only. */
  readonly store: string;
  /** What earlier imports from this store have learnt. */
  readonly memory: string;
  /** Under which the host's directories with sockets are mounted. */
  readonly host: string;
  readonly print: (line: string) => void;
}

/** Loads the image into the node's containerd, and says so. */
export async function carryOutImport(
  order: ImportOrder,
  places: StorePlaces,
  stop: AbortSignal,
): Promise<ImportSuccess> {
  const started = performance.now();
  const result = await load(order, places, stop);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  for (const line of unpackLines(result)) places.print(line);
  places.print(
    `[enbi] ${order.imageName} is on this node: ${result.layersSent} of ${result.layers} layers sent in ${seconds} s`,
  );
  return result;
}

async function load(order: ImportOrder, places: StorePlaces, stop: AbortSignal): Promise<ImportSuccess> {
  const images = await connectToNode(order, places.host);
  await using memory = new DirectoryMemory(places.memory);
  const count = new ReadCount();
  try {
    const deps: ImportDeps = {
      images,
      stop,
      output: { print: places.print, now: Date.now },
      wait: (milliseconds) => sleep(milliseconds),
      openSource: () =>
        openSource(placeOf(order, places), { system: order.system, memory, count, tell: progressTeller(places) }),
    };
    await keepOwnImage(order, images, places);
    const success = await doubting(memory, () => importImage(order, deps));
    return {
      ...success,
      bytesRead: count.bytes,
      ...(order.script ? { script: await whatBecameOf(order, places) } : {}),
    };
  } finally {
    images.close();
  }
}

/** For the builds to come; that it failed is told, and hinders nothing. */
async function keepOwnImage({ ownImage }: ImportOrder, images: NodeImages, places: StorePlaces): Promise<void> {
  if (ownImage === undefined) return;
  await pinOwnImage(ownImage, images).catch((thrown: unknown) => {
    places.print(`[enbi] enbi's own image is not pinned on this node: ${asError(thrown).message}`);
  });
}

/** Unpacking is a favour: that it failed is told, and hinders nothing. */
function unpackLines({ layersUnpacked, unpackFailure }: ImportSuccess): string[] {
  if (unpackFailure !== undefined) {
    return [`[enbi] not unpacked, containerd does it when it makes the first container: ${unpackFailure}`];
  }
  return layersUnpacked === undefined ? [] : [`[enbi] ${layersUnpacked} layers unpacked`];
}

/** A line at most every second, and none for what takes less. */
function progressTeller({ print }: StorePlaces): (progress: string) => void {
  let toldAt = Date.now();
  return (progress) => {
    if (Date.now() - toldAt < 1000) return;
    toldAt = Date.now();
    print(`${progressPrefix}${progress}`);
  };
}

/** A script that cannot be read was run by the build, which ordered the archive it wrote. */
async function whatBecameOf(order: ImportOrder, places: StorePlaces): Promise<'read' | 'run'> {
  const place = placeOf(order, places);
  const path = await resolveWithin(place.root, place.path);
  return (await readStreamScript({ ...place, path })) === undefined ? 'run' : 'read';
}

function placeOf({ outPath }: ImportOrder, { store }: StorePlaces): Place {
  return { root: store, path: outPath.replace('/nix/store', store), name: outPath };
}
