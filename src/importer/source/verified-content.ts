import { createHash } from 'node:crypto';
import { UserError } from '../../errors.ts';
import { decompressed } from './compression.ts';
import type { Layer } from './source.ts';
import { free, type SpareChunks } from './spare-memory.ts';

/**
 * A layer's bytes as the runtime keeps them. That these have the layer's digest is what the runtime itself sees to
 * (`NodeImages.writeBlob`); what they unpack to it never looks at: throws UserError `DigestMismatch` at their end, so before a
 * write of them is committed, when that is not what the config says; and at once when they are more than the image says, for a
 * layer that is made of store paths may come to any size. Of a compressed layer the digest is checked here as well: of a write
 * that was broken off the runtime has the beginning, and another beginning could unpack to what the config says.
 */
export async function* verifiedContent(layer: Layer): AsyncGenerator<Uint8Array, void, undefined> {
  let left = layer.sizeBytes;
  for await (const chunk of layer.compression === 'none' ? layer.open() : withDiffIdChecked(layer)) {
    left -= chunk.length;
    if (left < 0) {
      throw new UserError(
        'DigestMismatch',
        `layer ${layer.digest} has more than the ${layer.sizeBytes} bytes it should`,
      );
    }
    yield chunk;
  }
}

/** Reads a compressed layer that nobody writes. Throws UserError `DigestMismatch` as above. */
export async function proveContent(layer: Layer): Promise<void> {
  for await (const chunk of verifiedContent(layer)) free(chunk);
}

/** Unpacks beside, in the same pass: the store is the tenant's, a second reading could find something else. */
async function* withDiffIdChecked(layer: Layer): AsyncGenerator<Uint8Array, void, undefined> {
  const beside = new HandOver();
  const diffId = digestOf(decompressed(layer.compression, beside.received()));
  diffId.catch(() => {});
  const hash = createHash('sha256');
  try {
    for await (const chunk of layer.open()) {
      hash.update(chunk);
      // First unpacked, then given out: who gets it may free it.
      await Promise.race([beside.give(chunk), diffId]);
      yield chunk;
    }
    beside.end();
    const digest = `sha256:${hash.digest('hex')}`;
    check(digest === layer.digest, `the archive's layer ${layer.digest} has the digest ${digest}`);
    const unpacked = await diffId;
    const problem = `a layer's uncompressed content has the digest ${unpacked}, the image says ${layer.diffId}`;
    check(unpacked === layer.diffId, problem);
  } finally {
    beside.end();
  }
}

/** From one loop to another, piece by piece. */
class HandOver {
  #next = Promise.withResolvers<Uint8Array | undefined>();
  #taken = Promise.withResolvers<void>();

  /** Until the receiver asks for more. */
  give(chunk: Uint8Array): Promise<void> {
    this.#taken = Promise.withResolvers<void>();
    this.#next.resolve(chunk);
    return this.#taken.promise;
  }

  end(): void {
    this.#next.resolve(undefined);
  }

  async *received(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = await this.#next.promise;
      if (chunk === undefined) return;
      this.#next = Promise.withResolvers<Uint8Array | undefined>();
      yield chunk;
      this.#taken.resolve();
    }
  }
}

async function digestOf(data: SpareChunks): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of data) {
    hash.update(chunk);
    free(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

function check(condition: boolean, problem: string): void {
  if (!condition) throw new UserError('DigestMismatch', problem);
}
