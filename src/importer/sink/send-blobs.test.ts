import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { Sha256Digest } from '../../api/result.ts';
import { parseImageTag } from '../../image-name/image-name.ts';
import { FakeNodeImages } from '../fake-node-images.ts';
import { Progress } from '../progress.ts';
import { parseImageConfig } from '../source/image-config.ts';
import type { Layer } from '../source/source.ts';
import { makeImage } from './made-image.ts';
import { sendBlobs } from './send-blobs.ts';

const name = parseImageTag('r.example/team/app:1');
const content = Buffer.from('the content of a layer');
const packed = gzipSync(content);
const others = digestOf(Buffer.from('what another tenant keeps to itself'));
const uncompressed = 'containerd.io/uncompressed';

let images: FakeNodeImages;
let reads: number;
beforeEach(() => {
  images = new FakeNodeImages();
  reads = 0;
});

function digestOf(bytes: Uint8Array): Sha256Digest {
  return Sha256Digest.parse(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function layerOf(diffId: Sha256Digest, bytes = packed): Layer {
  async function* open() {
    reads += 1;
    yield Buffer.from(bytes);
  }
  const told = {
    digest: digestOf(packed),
    diffId,
    sizeBytes: packed.length,
    compression: 'gzip',
    position: 0,
  } as const;
  return { ...told, origin: 'read', open };
}

async function send(layer: Layer) {
  const rootfs = { type: 'layers', diff_ids: [layer.diffId] };
  const config = parseImageConfig(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs })));
  const leased = await images.lease('one');
  const progress = new Progress({ print: () => {}, now: () => 0 });
  return sendBlobs(makeImage({ config, layers: [layer] }, name), name, { images: leased, progress, sideBySide: true });
}

function isThere(labels: Readonly<Record<string, string>>): void {
  const digest = digestOf(packed);
  images.blobs.set(digest, { digest, sizeBytes: packed.length, labels, content: packed });
}

describe('a compressed layer that the runtime has', () => {
  test('is not read when the runtime knows what it unpacks to', async () => {
    isThere({ [uncompressed]: digestOf(content) });
    expect(await send(layerOf(digestOf(content)))).toMatchObject({ layersSent: 0 });
    expect(reads).toBe(0);
  });

  test('is read once, and known from then on, when it does not', async () => {
    isThere({});
    await send(layerOf(digestOf(content)));
    await send(layerOf(digestOf(content)));
    expect(reads).toBe(1);
    expect(images.blobs.get(digestOf(packed))?.labels[uncompressed]).toBe(digestOf(content));
  });

  test.each([
    ['the runtime knows better', { [uncompressed]: digestOf(content) }],
    ['the runtime knows nothing', {}],
  ])('does not give a container the layer of another image by a false diff_id, where %s', async (_, labels) => {
    isThere(labels);
    await expect(send(layerOf(others))).rejects.toMatchObject({ reason: 'DigestMismatch' });
    expect(images.blobs.get(digestOf(packed))?.labels[uncompressed]).not.toBe(others);
  });

  test('is not known by content that is another’s', async () => {
    isThere({});
    const another = gzipSync(Buffer.from('the content of a layeR'));
    const layer = layerOf(digestOf(Buffer.from('the content of a layeR')), another);
    await expect(send(layer)).rejects.toMatchObject({ reason: 'DigestMismatch' });
  });
});

describe('a label that stands on a blob is not written over', () => {
  const label = () => images.blobs.get(digestOf(packed))?.labels[uncompressed];

  test('where it is wrong: the content is read each time, and the image is right', async () => {
    isThere({ [uncompressed]: others });
    await send(layerOf(digestOf(content)));
    await send(layerOf(digestOf(content)));
    expect(reads).toBe(2);
    expect(label()).toBe(others);
    expect(images.log.filter((change) => change.startsWith('label'))).toHaveLength(1);
  });

  test.each<[string, Sha256Digest, string | undefined]>([
    ['right', digestOf(content), undefined],
    ['right, and another says otherwise', digestOf(content), others],
    ['wrong', others, undefined],
    ['wrong, and another says so too', others, digestOf(content)],
  ])('when the blob arrives between look-up and write, and what is claimed is %s', async (_, claim, standing) => {
    const layer = layerOf(claim);
    async function* open() {
      if (reads === 0) isThere(standing === undefined ? {} : { [uncompressed]: standing });
      yield* layer.open();
    }
    const sent = send({ ...layer, open });
    await (claim === others ? expect(sent).rejects.toMatchObject({ reason: 'DigestMismatch' }) : sent);
    expect(label()).toBe(standing ?? (claim === others ? undefined : claim));
  });

  test('but for the repositories that have it, which grow', async () => {
    const key = 'containerd.io/distribution.source.r.example';
    isThere({ [uncompressed]: digestOf(content), [key]: 'team-b/app' });
    await send(layerOf(digestOf(content)));
    expect(images.blobs.get(digestOf(packed))?.labels[key]).toBe('team-b/app,team/app');
  });
});

test('a size that is guessed wrong does not say which would be right', async () => {
  isThere({ [uncompressed]: digestOf(content) });
  const guessed = { ...layerOf(digestOf(content)), sizeBytes: 1 };
  const refused = await send(guessed).catch((thrown: unknown) => String(thrown));
  expect(refused).toContain('does not have the 1 bytes');
  expect(refused).not.toContain(`${packed.length} bytes`);
});
