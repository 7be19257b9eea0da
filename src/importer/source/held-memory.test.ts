import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aLayer, anImage, dockerArchiveOf, layoutOf, writeFiles } from '../../../test/support/images.ts';
import { madeLayer } from '../made/make-layer.ts';
import { Packer } from '../made/packer.ts';
import { noMemory } from '../memory/memory.ts';
import { openSource } from './open-source.ts';
import { ReadCount } from './read-count.ts';
import { free } from './spare-memory.ts';
import { verifiedContent } from './verified-content.ts';

const mebibyte = 1024 * 1024;
const layerBytes = 160 * mebibyte;
/** The collector leaves 64 MiB lying about before it begins. */
const most = 12 * mebibyte;

let store: string;
beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), 'enbi-held-'));
});
afterEach(() => rm(store, { recursive: true }));

test('a compressed archive', async () => {
  await compressedArchive('archive');
  expect(await heldBy(() => sendAll('archive'))).toBeLessThan(most);
});

test('compressed layers', async () => {
  await compressedLayers('layout');
  expect(await heldBy(() => sendAll('layout'))).toBeLessThan(most);
});

test('a layer that is made', async () => {
  function* make() {
    const packer = new Packer();
    yield* packer.fill(layerBytes, (space) => space.fill('x'));
    yield* packer.flush();
  }
  const makeAndSend = async () => {
    const layer = await madeLayer({ key: { kind: 'layer', about: [] }, position: 0, make }, noMemory);
    for await (const chunk of verifiedContent(layer)) free(chunk);
  };
  expect(await heldBy(makeAndSend)).toBeLessThan(most);
});

async function compressedArchive(name: string): Promise<void> {
  const layers = Array.from({ length: 40 }, (_, at) => aLayer({ [`file-${at}`]: Buffer.alloc(layerBytes / 40, 'x') }));
  const image = anImage({ layers });
  await pipeline([dockerArchiveOf(image)], createGzip({ level: 1 }), createWriteStream(join(store, name)));
}

async function compressedLayers(name: string): Promise<void> {
  const image = anImage({ layers: [aLayer({ one: Buffer.alloc(layerBytes, 'x') })] });
  await writeFiles(join(store, name), layoutOf(image, { compression: 'gzip' }));
}

/** As they are sent. */
async function sendAll(name: string): Promise<void> {
  const place = { root: store, path: join(store, name), name };
  await using source = await openSource(place, { system: 'x86_64-linux', memory: noMemory, count: new ReadCount() });
  for (const layer of source.layers) {
    for await (const chunk of verifiedContent(layer)) free(chunk);
  }
}

/** By how much the memory of chunks grew meanwhile. What was made before may still be collected. */
async function heldBy(work: () => Promise<void>): Promise<number> {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  const looking = setInterval(() => {
    const { arrayBuffers } = process.memoryUsage();
    least = Math.min(least, arrayBuffers);
    most = Math.max(most, arrayBuffers - least);
  }, 1);
  await work();
  clearInterval(looking);
  return most;
}
