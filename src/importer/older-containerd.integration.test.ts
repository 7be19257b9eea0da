import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureComponents } from '../../cluster/components.ts';
import { startContainerd, type TestContainerd } from '../../test/support/containerd.ts';
import { aLayer, anImage, dockerArchiveOf, sha256 } from '../../test/support/images.ts';
import { anImportPod } from '../../test/support/import-pod.ts';
import { containerdImages } from '../adapters/containerd/containerd.ts';
import { Sha256Digest } from '../api/result.ts';
import { nodeImagesConform } from './node-images.conformance.ts';
import { foreignPinsConform, pinsConform } from './pins.conformance.ts';
import type { NodeImages } from './ports.ts';

/** What differs between versions of containerd is behind the port, so its suite and one whole import are enough. */
describe.each([
  ['debian-12', '1.6.', false],
  ['debian-13', '1.7.', true],
] as const)('containerd of %s', (containerd, version, knowsPins) => {
  let daemon: TestContainerd;
  let images: NodeImages;

  beforeAll(async () => {
    const { bin } = await ensureComponents(() => {}, { kubernetes: 'newest', containerd });
    daemon = await startContainerd(bin);
    images = containerdImages(daemon.socket);
  });

  afterAll(async () => {
    images.close();
    await daemon[Symbol.asyncDispose]();
  });

  test('is the version it is taken for', async () => {
    expect(await daemon.ctr('version')).toContain(`Version:  ${version}`);
  });

  describe('conforms', () => nodeImagesConform(() => images));
  describe('pins of others', () => foreignPinsConform(() => images));
  if (knowsPins) describe('pins', () => pinsConform(() => images));

  test('gets an image, and only what is new of the next, unpacked', async () => {
    await using pod = await anImportPod(daemon.socket);
    const bottom = aLayer({ 'etc/bottom': randomBytes(300_000) });
    const name = `r.example/team/${randomBytes(4).toString('hex')}:1`;
    for (const layersSent of [2, 1]) {
      const image = anImage({ layers: [bottom, aLayer({ 'etc/motd': randomBytes(1000) })] });
      const outPath = await pod.built(`image-${layersSent}`, dockerArchiveOf(image));
      const result = await pod.import({ outPath, imageName: name, unpackInto: 'overlayfs' });
      expect(result).toMatchObject({ ok: true, layersSent, layersUnpacked: layersSent });
      expect(await daemon.ctr('images', 'check', `name==${name}`)).toMatch(/complete \(3\/3\).* true/);
    }
  });

  test('killed and back in the middle of a write is given only the rest', async () => {
    const leased = await images.lease(`cut-${containerd}`, new Date(Date.now() + 3_600_000), 'team');
    const content = randomBytes(6_000_000);
    const digest = Sha256Digest.parse(sha256(content));
    let begins = 0;
    async function* open() {
      begins += 1;
      yield content.subarray(0, 4_000_000);
      if (begins === 1) await sleep(60_000, undefined, { ref: false });
      yield content.subarray(4_000_000);
    }
    const before = await bytesWritten(daemon);
    const writing = leased.writeBlob({ digest, sizeBytes: content.length, labels: {}, open });
    await expect.poll(() => bytesWritten(daemon), { timeout: 60_000 }).toBeGreaterThan(before + 3_900_000);
    await daemon.restart();
    expect(await writing).toBe('written');
    expect(await bytesWritten(daemon)).toBeLessThan(4_000_000);
    await leased.end();
  });
});

/** By the process that runs now. */
async function bytesWritten(daemon: TestContainerd): Promise<number> {
  const io = await readFile(`/proc/${daemon.pid()}/io`, 'utf8');
  return Number(/^write_bytes: (\d+)$/m.exec(io)?.[1]);
}
