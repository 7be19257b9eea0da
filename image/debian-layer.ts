import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { Architecture } from './architecture.ts';
import { cacheKey, ensureCached, recipe } from './cache.ts';
import { packLayer } from './layer.ts';
import type { Blob } from './oci.ts';

const Layer = z.object({ digest: z.string(), size: z.number(), diffId: z.string(), unpackedSize: z.number() });
export type StoredLayer = z.infer<typeof Layer> & Blob;

/** The layer below enbi's own: large, the same for every change of enbi, so it is kept. */
export async function ensureDebianLayer(
  architecture: Architecture,
  rootfs: string,
  report: (line: string) => void,
): Promise<StoredLayer> {
  const key = cacheKey([basename(rootfs), recipe(['debian-layer.ts', 'layer.ts'])]);
  const directory = await ensureCached(`layer-${architecture}`, key, async (directory) => {
    report(`compressing the Debian layer for ${architecture} …`);
    const layer = await packLayer(rootfs, join(directory, 'layer.tar.gz'));
    writeFileSync(join(directory, 'layer.json'), JSON.stringify(layer));
  });
  const layer = Layer.parse(JSON.parse(readFileSync(join(directory, 'layer.json'), 'utf8')));
  return { ...layer, file: join(directory, 'layer.tar.gz') };
}
