import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { noMemory } from '../../src/importer/memory/memory.ts';
import { openSource } from '../../src/importer/source/open-source.ts';
import { ReadCount } from '../../src/importer/source/read-count.ts';
import type { Source } from '../../src/importer/source/source.ts';
import { verifiedContent } from '../../src/importer/source/verified-content.ts';
import { sha256, writeFiles } from './images.ts';

/** A store for each test of a file, and the image at what a package left there. */
export function outputs() {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'enbi-output-'));
    await mkdir(join(root, 'store'));
  });
  afterEach(() => rm(root, { recursive: true }));
  return {
    store: () => join(root, 'store'),
    opened: async (output: Buffer | ReadonlyMap<string, Buffer>, system = 'x86_64-linux'): Promise<Source> => {
      const store = join(root, 'store');
      const path = join(store, 'output');
      await (Buffer.isBuffer(output) ? writeFile(path, output) : writeFiles(path, output));
      const reading = { system, memory: noMemory, count: new ReadCount() };
      return openSource({ root: store, path, name: '/nix/store/output' }, reading);
    },
  };
}

/** Of each layer as it is sent, held against its digest as the runtime does. */
export async function layersOf({ layers }: Source): Promise<Buffer[]> {
  const contents: Buffer[] = [];
  for (const layer of layers) {
    const content = Buffer.concat(await Array.fromAsync(verifiedContent(layer)));
    if (sha256(content) !== layer.digest) throw new Error(`${layer.digest} is another`);
    contents.push(content);
  }
  return contents;
}
