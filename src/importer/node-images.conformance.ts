import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256Digest } from '../api/result.ts';
import { UserError } from '../errors.ts';
import { pythonEnd, pythonHeader } from './made/python-tar.ts';
import { blockBytes } from './made/tar-member.ts';
import type { Blob, BlobWrite, Descriptor, LayerUnpack, LeasedImages, NodeImages } from './ports.ts';

/** What the importer relies on, whatever runtime is behind the port. */
export function nodeImagesConform(open: () => NodeImages): void {
  const lease = (tenant = 'team') => open().lease(`conformance-${unique()}`, new Date(Date.now() + 3_600_000), tenant);
  blobsConform(lease);
  wrongContentConforms(lease);
  recordsConform(open, lease);
  labelsConform(open, lease);
  unpackingConforms(lease);
  test('a lease can be ended twice', async () => {
    const images = await lease();
    await images.end();
    await expect(images.end()).resolves.toBeUndefined();
  });
}

type Lease = (tenant?: string) => Promise<LeasedImages>;

function unpackingConforms(lease: Lease): void {
  test('a layer is unpacked once, on top of the one below it', async () => {
    const images = await lease();
    const [one, two] = [await writtenLayer(images), await writtenLayer(images)];
    const lower = unpackOf(one);
    const upper = unpackOf(two, lower);
    expect(await images.hasSnapshot('overlayfs', lower.chainId)).toBe(false);
    expect(await images.unpackLayer(lower)).toBe('unpacked');
    expect(await images.unpackLayer(upper)).toBe('unpacked');
    expect(await images.hasSnapshot('overlayfs', upper.chainId)).toBe(true);
    expect(await images.unpackLayer(upper)).toBe('present');
    await images.end();
  });

  test('the same layer can be unpacked by two at once', async () => {
    const [images, others] = [await lease(), await lease()];
    const unpack = unpackOf(await writtenLayer(images));
    await expect(Promise.all([images.unpackLayer(unpack), others.unpackLayer(unpack)])).resolves.toContain('unpacked');
    await images.end();
    await others.end();
  });

  test.each([
    ['on nothing that is there', { parent: `sha256:${'0'.repeat(64)}` }],
    ['into a snapshotter that is not there', { snapshotter: 'none-such' }],
    ['when it is not what it should be', { diffId: `sha256:${'0'.repeat(64)}` }],
  ])('a layer is not unpacked %s', async (_, wrong) => {
    const images = await lease();
    const unpack = unpackOf(await writtenLayer(images));
    await expect(images.unpackLayer({ ...unpack, ...wrong })).rejects.toThrow();
    expect(await images.hasSnapshot('overlayfs', unpack.chainId)).toBe(false);
    await images.end();
  });
}

async function writtenLayer(images: LeasedImages): Promise<Descriptor> {
  const owner = { uid: 0, gid: 0, uname: '', gname: '', mtime: 1 };
  const member = { name: `file-${unique()}`, kind: 'file', mode: 0o644, sizeBytes: 0, target: '' } as const;
  const write = writeOf(Buffer.concat([pythonHeader(member, owner), pythonEnd(blockBytes)]));
  await images.writeBlob(write);
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: write.digest, sizeBytes: write.sizeBytes };
}

function unpackOf(layer: Descriptor, below?: LayerUnpack): LayerUnpack {
  const { digest } = layer;
  const parent = below?.chainId;
  const chainId = parent === undefined ? digest : writeOf(Buffer.from(`${parent} ${digest}`)).digest;
  return { snapshotter: 'overlayfs', layer, diffId: digest, chainId, parent };
}

function blobsConform(lease: Lease): void {
  test('a blob is there after it was written, with the labels of the write', async () => {
    const images = await lease();
    const write = writeOf(randomBytes(100_000), { 'enbi.test/a': '1' });
    expect(await blobOf(images, write.digest)).toBeUndefined();
    expect(await images.writeBlob(write)).toBe('written');
    expect(await blobOf(images, write.digest)).toMatchObject({
      digest: write.digest,
      sizeBytes: 100_000,
      labels: { 'enbi.test/a': '1' },
    });
    await images.end();
  });

  test('content of many messages arrives whole', async () => {
    const images = await lease();
    const content = randomBytes(9_000_001);
    const chunks = [
      content.subarray(0, 5_000_000),
      content.subarray(5_000_000, 5_000_001),
      content.subarray(5_000_001),
    ];
    const write: BlobWrite = { ...writeOf(content), open: () => each(chunks) };
    expect(await images.writeBlob(write)).toBe('written');
    expect((await blobOf(images, write.digest))?.sizeBytes).toBe(content.length);
    await images.end();
  });

  test('a blob that is there is not read again and keeps its labels', async () => {
    const images = await lease();
    const content = randomBytes(1000);
    await images.writeBlob(writeOf(content, { 'enbi.test/a': 'first' }));
    const again = { ...writeOf(content, { 'enbi.test/a': 'second' }), open: () => failing(new Error('was read')) };
    expect(await images.writeBlob(again)).toBe('present');
    expect((await blobOf(images, again.digest))?.labels['enbi.test/a']).toBe('first');
    await images.end();
  });

  test('a blob that another writes meanwhile is theirs, with their labels', async () => {
    const [images, others] = [await lease('team'), await lease('other-team')];
    const theirs = writeOf(randomBytes(1000), { 'enbi.test/a': 'theirs' });
    const content = Buffer.concat(await Array.fromAsync(theirs.open()));
    async function* open() {
      await others.writeBlob(theirs);
      yield content;
    }
    expect(await images.writeBlob({ ...theirs, labels: { 'enbi.test/a': 'ours' }, open })).toBe('present');
    expect((await blobOf(images, theirs.digest))?.labels['enbi.test/a']).toBe('theirs');
    await images.end();
    await others.end();
  });

  test('labels are added one by one', async () => {
    const images = await lease();
    const write = writeOf(randomBytes(10), { 'enbi.test/a': '1', 'enbi.test/b': '1' });
    await images.writeBlob(write);
    const added = { 'enbi.test/b': '2', 'containerd.io/distribution.source.r.example': 'team/app' };
    await images.labelBlob(write.digest, added);
    expect((await blobOf(images, write.digest))?.labels).toMatchObject({ 'enbi.test/a': '1', ...added });
    await images.end();
  });
}

function wrongContentConforms(lease: Lease): void {
  test('content that is not what its digest says is refused, and the right content accepted after that', async () => {
    const images = await lease();
    const right = writeOf(randomBytes(3_000_000));
    const wrong = { ...right, open: () => each([randomBytes(3_000_000)]) };
    await expect(images.writeBlob(wrong)).rejects.toMatchObject({ name: 'UserError', reason: 'DigestMismatch' });
    expect(await blobOf(images, right.digest)).toBeUndefined();
    expect(await images.writeBlob(right)).toBe('written');
    await images.end();
  });

  test('content shorter than announced is refused', async () => {
    const images = await lease();
    const content = randomBytes(2000);
    const write = { ...writeOf(content), sizeBytes: 3000 };
    await expect(images.writeBlob(write)).rejects.toMatchObject({ reason: 'DigestMismatch' });
    await images.end();
  });

  test('what the source throws comes out unchanged, and nothing is committed', async () => {
    const images = await lease();
    const write = writeOf(randomBytes(1000));
    const problem = new UserError('InvalidArchive', 'cut short');
    await expect(images.writeBlob({ ...write, open: () => failing(problem) })).rejects.toBe(problem);
    expect(await blobOf(images, write.digest)).toBeUndefined();
    expect(await images.writeBlob(write)).toBe('written');
    await images.end();
  });
}

function recordsConform(open: () => NodeImages, lease: Lease): void {
  test('a record is made once, found by its name, and moved only on request', async () => {
    const images = await lease();
    const name = `conformance.example/record-${unique()}:1`;
    const first = await writtenManifest(images);
    const second = await writtenManifest(images);
    expect(await open().record(name)).toBeUndefined();
    expect(await images.createRecord({ name, target: first, labels: { 'enbi.test/a': '1' } })).toBe(true);
    expect(await images.createRecord({ name, target: second, labels: {} })).toBe(false);
    expect(await open().record(name)).toMatchObject({ name, target: first, labels: { 'enbi.test/a': '1' } });
    await images.updateRecord({ name, target: second, labels: { 'enbi.test/b': '2' } });
    const labels = { 'enbi.test/a': '1', 'enbi.test/b': '2' };
    expect(await open().record(name)).toMatchObject({ name, target: second, labels });
    await images.end();
  });

  test('the kubelet’s side learns of a record, by its config’s digest', async () => {
    const images = await lease();
    const name = `conformance.example/confirmed-${unique()}:1`;
    expect(await open().kubeletImage(name)).toBeUndefined();
    const config = configOf();
    await images.writeBlob(config);
    await images.createRecord({ name, target: await writtenManifest(images, config), labels: {} });
    const id = async () => (await open().kubeletImage(name))?.id;
    await expect.poll(id, { timeout: 60_000 }).toBe(config.digest);
    await images.end();
  });
}

function labelsConform(open: () => NodeImages, lease: Lease): void {
  test('records are found by a label, and some labels can be taken off', async () => {
    const images = await lease();
    const target = await writtenManifest(images);
    const name = `conformance.example/labelled-${unique()}:1`;
    const label = `conformance.example/${unique()}`;
    await images.createRecord({ name, target, labels: { [label]: '2026-11-23T12:00:00.000Z', 'enbi.test/b': '1' } });
    await images.createRecord({ name: `${name}-other`, target, labels: { 'enbi.test/b': '1' } });
    expect(await open().recordsWith(label)).toMatchObject([{ name, target, labels: { 'enbi.test/b': '1' } }]);
    await open().removeLabels(name, [label, 'enbi.test/absent']);
    expect(await open().recordsWith(label)).toEqual([]);
    const { target: same, labels } = (await open().record(name)) ?? {};
    expect(same).toEqual(target);
    expect(labels).toHaveProperty(['enbi.test/b'], '1');
    expect(Object.keys(labels ?? {})).not.toContain(label);
    await images.end();
  });

  test('no label can be taken off a record that is not there', async () => {
    const gone = `conformance.example/gone-${unique()}:1`;
    await expect(open().removeLabels(gone, ['enbi.test/a'])).resolves.toBeUndefined();
    expect(await open().record(gone)).toBeUndefined();
  });
}

export function configOf(): BlobWrite {
  const rootfs = { type: 'layers', diff_ids: [] };
  return writeOf(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs, unique: unique() })));
}

let count = 0;
export function unique(): string {
  count += 1;
  return `${process.pid}-${count}-${randomBytes(4).toString('hex')}`;
}

function writeOf(content: Buffer, labels: BlobWrite['labels'] = {}): BlobWrite {
  const digest = Sha256Digest.parse(`sha256:${createHash('sha256').update(content).digest('hex')}`);
  return { digest, sizeBytes: content.length, labels, open: () => each([content]) };
}

/** A manifest over a config, with the labels that keep the config from being collected. */
export async function writtenManifest(images: LeasedImages, config?: BlobWrite): Promise<Descriptor> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const described = config ?? writeOf(randomBytes(8));
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: described.digest,
      size: described.sizeBytes,
    },
    layers: [],
  };
  const labels = { 'containerd.io/gc.ref.content.config': described.digest };
  const write = writeOf(Buffer.from(JSON.stringify(manifest)), labels);
  await images.writeBlob(write);
  return { mediaType, digest: write.digest, sizeBytes: write.sizeBytes };
}

async function blobOf(images: LeasedImages, digest: Sha256Digest): Promise<Blob | undefined> {
  return (await images.blobs([digest])).get(digest);
}

async function* each(chunks: readonly Buffer[]) {
  yield* chunks;
}

async function* failing(problem: Error): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from('some');
  throw problem;
}
