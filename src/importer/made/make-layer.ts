import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import type { Memory, MemoryKey } from '../memory/memory.ts';
import type { Layer } from '../source/source.ts';
import { free } from '../source/spare-memory.ts';

const Known = z.strictObject({ diffId: Sha256Digest, sizeBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

export interface Recipe {
  readonly key: MemoryKey;
  readonly position: number;
  /** The layer's bytes, read from the store anew each time. */
  readonly make: () => Iterable<Buffer>;
}

/** A layer that enbi makes itself; one that is known is not made, unless the runtime lacks it. */
export async function madeLayer({ key, position, make }: Recipe, memory: Memory): Promise<Layer> {
  let known = await memory.recall(key, Known);
  if (known === undefined) {
    known = await digestOf(make());
    await memory.keep(key, known);
  }
  const { diffId, sizeBytes } = known;
  const open = () => inTurns(make());
  const sent = { digest: diffId, diffId, sizeBytes, compression: 'none' } as const;
  return { origin: 'made', ...sent, position, open };
}

async function digestOf(chunks: Iterable<Buffer>): Promise<z.infer<typeof Known>> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of inTurns(chunks)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    free(chunk);
  }
  return { diffId: Sha256Digest.parse(`sha256:${hash.digest('hex')}`), sizeBytes };
}

/** Lets everything else have its turn between two chunks: being stopped, the connection to the runtime. */
export async function* inTurns(chunks: Iterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  for (const chunk of chunks) {
    yield chunk;
    await setImmediate();
  }
}
