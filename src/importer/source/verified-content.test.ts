import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compress, sha256 } from '../../../test/support/images.ts';
import { Sha256Digest } from '../../api/result.ts';
import type { Compression } from './compression.ts';
import type { Layer } from './source.ts';
import { verifiedContent } from './verified-content.ts';

/** Larger than the buffers between reading and unpacking, also compressed. */
const content = randomBytes(6_000_000);

function layerOf(bytes: Buffer, compression: Compression, changes: { diffId?: string } = {}): Layer {
  async function* open() {
    for (let at = 0; at < bytes.length; at += 1_000_000) {
      yield bytes.subarray(at, at + 1_000_000);
    }
  }
  const digest = Sha256Digest.parse(sha256(bytes));
  const diffId = Sha256Digest.parse(changes.diffId ?? sha256(content));
  return { origin: 'read', digest, diffId, sizeBytes: bytes.length, compression, position: 0, open };
}

async function read(layer: Layer): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(verifiedContent(layer)));
}

/** Without the content, which a failing test would print. */
async function readAll(layer: Layer): Promise<void> {
  await read(layer);
}

const other = sha256(Buffer.from('other'));

describe.each<Compression>(['none', 'gzip', 'zstd'])('a layer, compression %s,', (compression) => {
  const bytes = compress(content, compression);

  test('that is what it says comes through unchanged', async () => {
    expect((await read(layerOf(bytes, compression))).equals(bytes)).toBe(true);
  });
});

describe.each<Compression>(['gzip', 'zstd'])('a layer, compression %s,', (compression) => {
  const bytes = compress(content, compression);

  test('that does not unpack to what the config says is refused', async () => {
    await expect(readAll(layerOf(bytes, compression, { diffId: other }))).rejects.toMatchObject({
      reason: 'DigestMismatch',
    });
  });

  test('that is other than its digest is refused, whatever it unpacks to', async () => {
    const layer = { ...layerOf(bytes, compression), digest: Sha256Digest.parse(other) };
    await expect(readAll(layer)).rejects.toMatchObject({ name: 'UserError', reason: 'DigestMismatch' });
  });

  test('that is cut short is refused', async () => {
    const half = bytes.subarray(0, bytes.length / 2);
    await expect(readAll(layerOf(half, compression))).rejects.toMatchObject({ reason: 'InvalidArchive' });
  });

  test('that is damaged at its beginning is refused, however much follows', async () => {
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 10, 3000);
    await expect(readAll(layerOf(damaged, compression))).rejects.toMatchObject({ name: 'UserError' });
  });

  test('can be left off in the middle', async () => {
    for await (const chunk of verifiedContent(layerOf(bytes, compression))) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

describe.each<Compression>(['none', 'gzip'])(
  'a layer, compression %s, of more bytes than it should have',
  (compression) => {
    test('is refused as soon as there is one too many', async () => {
      const bytes = compress(content, compression);
      const layer = { ...layerOf(bytes, compression), sizeBytes: 2_500_000 };
      let seen = 0;
      const readAll = async () => {
        for await (const chunk of verifiedContent(layer)) seen += chunk.length;
      };
      await expect(readAll()).rejects.toMatchObject({ name: 'UserError', reason: 'DigestMismatch' });
      expect(seen).toBe(2_000_000);
    });
  },
);
