import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { UserError } from '../../errors.ts';
import { decompressed } from './compression.ts';
import type { Layer } from './source.ts';

/**
 * A layer's bytes as the runtime keeps them. That they have the layer's digest is what the runtime itself sees to
 * (`NodeImages.writeBlob`); what they unpack to it never looks at: throws UserError `DigestMismatch` at their end, so before a
 * write of them is committed, when that is not what the config says; and at once when they are more than the image says, for a
 * layer that is made of store paths may come to any size.
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

/** Unpacks beside, in the same pass: the store is the tenant's, a second reading could find something else. */
async function* withDiffIdChecked(layer: Layer): AsyncGenerator<Uint8Array, void, undefined> {
  const tap = new PassThrough({ highWaterMark: 4 * 1024 * 1024 });
  let finished = false;
  const diffId = digestOf(decompressed(layer.compression, tap)).finally(() => {
    finished = true;
  });
  diffId.catch(() => {});
  tap.on('error', () => {});
  try {
    for await (const chunk of layer.open()) {
      yield chunk;
      if (!finished && !tap.write(chunk)) {
        await Promise.race([once(tap, 'drain'), diffId]);
      }
    }
    tap.end();
    check(await diffId, layer.diffId);
  } finally {
    tap.destroy();
  }
}

async function digestOf(data: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of data) {
    hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

function check(actual: string, expected: string): void {
  if (actual !== expected) {
    const problem = `a layer's uncompressed content has the digest ${actual}, the image says ${expected}`;
    throw new UserError('DigestMismatch', problem);
  }
}
