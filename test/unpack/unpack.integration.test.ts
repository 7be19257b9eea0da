import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureComponents } from '../../cluster/components.ts';
import { type Connection, connectTo } from '../../src/adapters/containerd/connection.ts';
import { chainIds } from '../../src/importer/sink/unpack-image.ts';
import { collectGarbage, contentOf } from '../hostile/containerd-content.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { aLayer, anImage, archiveOf, dockerArchiveOf, layoutOf, sha256, type TestImage } from '../support/images.ts';
import { anImportPod } from '../support/import-pod.ts';

let daemon: TestContainerd;
let connection: Connection;

beforeAll(async () => {
  const { bin } = await ensureComponents(() => {});
  daemon = await startContainerd(bin);
  connection = connectTo(daemon.socket);
});

afterAll(async () => {
  connection.close();
  await daemon[Symbol.asyncDispose]();
});

afterEach(async () => {
  await forgetAll();
  expect(await contentOf(connection.services(), daemon)).toEqual([]);
});

const name = 'r.example/team/app:1';
const bottom = aLayer({ 'etc/bottom': randomBytes(100_000) });
const withTop = () => anImage({ layers: [bottom, aLayer({ 'etc/motd': randomBytes(50_000) })] });

describe('an image that is unpacked as it is loaded', () => {
  test.each<[string, (image: TestImage) => Buffer]>([
    ['plain layers', (image) => dockerArchiveOf(image)],
    ['layers with gzip', (image) => archiveOf(layoutOf(image, { compression: 'gzip' }))],
    ['layers with zstd', (image) => archiveOf(layoutOf(image, { compression: 'zstd' }))],
  ])('%s: the runtime finds it unpacked, keeps that with the image and gives it up with it', async (_, pack) => {
    const image = withTop();
    const { result, lines } = await imported(pack(image));
    expect(result).toMatchObject({ ok: true, layersSent: 2, layersUnpacked: 2 });
    expect(lines).toContain('[enbi] 2 layers unpacked');
    await collectGarbage(connection.services());
    expect(await committed()).toEqual(chainIds(image.layers.map(sha256)).toSorted());
    // The same question as the kubelet's side asks before it makes a container.
    expect(await daemon.ctr('images', 'check', `name==${name}`)).toMatch(/complete \(3\/3\).* true/);
    await forgetAll();
    expect(await contentOf(connection.services(), daemon)).toEqual([]);
  });

  test('with another top layer, that one alone is unpacked', async () => {
    await imported(dockerArchiveOf(withTop()));
    expect((await imported(dockerArchiveOf(withTop()))).result).toMatchObject({ layersSent: 1, layersUnpacked: 1 });
  });

  test('nothing is made of it that a container would not have been made of', async () => {
    await imported(dockerArchiveOf(withTop()));
    const snapshots = await committed();
    await daemon.ctr('containers', 'create', '--snapshotter=overlayfs', name, 'one');
    expect(await committed()).toEqual(snapshots);
    await daemon.ctr('containers', 'delete', 'one');
  });
});

test('a snapshotter that is not there hinders no import', async () => {
  const { result, lines } = await imported(dockerArchiveOf(withTop()), 'none-such');
  expect(result).toMatchObject({ ok: true, layersSent: 2, layersUnpacked: 0, unpackFailure: expect.any(String) });
  expect(lines.join()).toMatch(/not unpacked, containerd does it .*none-such/);
});

test('a layer that is no archive is loaded, and left to the runtime to complain about', async () => {
  const { result } = await imported(dockerArchiveOf(anImage({ layers: [bottom, Buffer.alloc(5000, 'x')] })));
  expect(result).toMatchObject({ ok: true, layersSent: 2, layersUnpacked: 1, unpackFailure: expect.any(String) });
});

test('of an image that is refused nothing stays unpacked', async () => {
  const layers = [bottom, aLayer({ top: randomBytes(100) })];
  const diffIds = [sha256(bottom), sha256(Buffer.from('else'))];
  const { result } = await imported(archiveOf(layoutOf(anImage({ layers, diffIds }), { compression: 'gzip' })));
  expect(result).toMatchObject({ ok: false, reason: 'DigestMismatch' });
  // Also before anything is forgotten: the lease has ended, and was all that held it.
  await collectGarbage(connection.services());
  expect(await contentOf(connection.services(), daemon)).toEqual([]);
});

async function imported(archive: Buffer, unpackInto = 'overlayfs') {
  await using pod = await anImportPod(daemon.socket);
  const outPath = await pod.built('image', archive);
  const result = await pod.import({ outPath, imageName: name, unpackInto });
  return { result, lines: pod.lines };
}

async function committed(): Promise<string[]> {
  const found = await Array.fromAsync(connection.services().snapshots.list({ snapshotter: 'overlayfs' }));
  const whole = found.flatMap(({ info }) => info).filter(({ kind }) => kind === 3);
  return whole.map((snapshot) => snapshot.name).toSorted();
}

async function forgetAll(): Promise<void> {
  const { images } = connection.services();
  for (const record of (await images.list({})).images) await images.delete({ name: record.name, sync: true });
  await collectGarbage(connection.services());
}
