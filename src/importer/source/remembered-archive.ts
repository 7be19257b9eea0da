import type { FileHandle } from 'node:fs/promises';
import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import type { Memory, MemoryKey } from '../memory/memory.ts';
import { parseImageConfig } from './image-config.ts';
import type { Wanted } from './image-in.ts';
import { pairLayers } from './pair-layers.ts';
import type { Layer, Source } from './source.ts';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const Known = z.strictObject({
  /** JSON; read like the archive's own. */
  config: z.string(),
  layers: z.array(
    z.strictObject({
      digest: Sha256Digest,
      sizeBytes: count,
      compression: z.enum(['none', 'gzip', 'zstd']),
      position: count,
      name: z.string().optional(),
    }),
  ),
});
type Known = z.infer<typeof Known>;

/** Raised when what is remembered would be told differently by the same archive. */
const format = 2;

/** A path alone says too little: a store path that was collected and built again may hold other bytes. */
export async function archiveKey(file: FileHandle, { name, system, as }: Wanted): Promise<MemoryKey> {
  const { ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
  return { kind: 'archive', about: [format, name, system, as, ...[ino, size, mtimeNs, ctimeNs].map(String)] };
}

/**
 * A compressed archive as it was read the last time, or as `read` reads it now. Of one that is known nothing is
 * decompressed until a layer is asked for that the runtime lacks.
 */
export async function rememberedArchive(key: MemoryKey, memory: Memory, read: () => Promise<Source>): Promise<Source> {
  const known = await memory.recall(key, Known);
  if (known !== undefined) {
    return knownSource(known, read);
  }
  const source = await read();
  await memory.keep(key, whatToKnow(source));
  return source;
}

function whatToKnow({ config, layers }: Source): Known {
  return {
    config: JSON.stringify(config),
    layers: layers.map(({ digest, sizeBytes, compression, position, name }) => ({
      digest,
      sizeBytes,
      compression,
      position,
      name,
    })),
  };
}

function knownSource(known: Known, read: () => Promise<Source>): Source {
  const config = parseImageConfig(Buffer.from(known.config));
  let reading: Promise<Source> | undefined;
  async function* open(at: number, { digest }: Pick<Layer, 'digest'>) {
    reading ??= read();
    const layer = (await reading).layers[at];
    if (layer?.digest !== digest) {
      throw new UserError('DigestMismatch', `the archive has no layer ${digest} any more`);
    }
    yield* layer.open();
  }
  const layers = pairLayers(config, known.layers).map(([diffId, layer], at) => ({
    ...layer,
    origin: 'read' as const,
    diffId,
    open: () => open(at, layer),
  }));
  const close = async () => {
    const source = await reading?.catch(() => undefined);
    await source?.[Symbol.asyncDispose]();
  };
  return { config, layers, [Symbol.asyncDispose]: close };
}
