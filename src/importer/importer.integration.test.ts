import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureComponents } from '../../cluster/components.ts';
import { startContainerd, type TestContainerd } from '../../test/support/containerd.ts';
import {
  aLayer,
  anImage,
  archiveOf,
  dockerArchiveOf,
  type ImageWishes,
  layoutOf,
  sha256,
  type TestImage,
  tarOf,
} from '../../test/support/images.ts';
import { anImportPod, anOwner, type ImportPod } from '../../test/support/import-pod.ts';
import { LayoutWriter, types } from '../../test/support/layout-writer.ts';
import { imageJson } from '../../test/support/nix2container/image-json.ts';
import { aStreamScript, storePath } from '../../test/support/stream/stream-image.ts';
import { type Connection, connectTo } from '../adapters/containerd/connection.ts';
import type { ImportResult } from '../api/result.ts';

let daemon: TestContainerd;
let connection: Connection;
let pod: ImportPod;
let name: string;

beforeAll(async () => {
  const { bin } = await ensureComponents(() => {});
  daemon = await startContainerd(bin);
  connection = connectTo(daemon.socket);
});

afterAll(async () => {
  connection.close();
  await daemon[Symbol.asyncDispose]();
});

beforeEach(async () => {
  pod = await anImportPod(daemon.socket);
  name = `r.example/team/${randomBytes(4).toString('hex')}:1`;
});

afterEach(async () => {
  await pod[Symbol.asyncDispose]();
});

/** Never the same layers twice: what one test sent, the next would find there. */
function aFreshImage(wishes: ImageWishes = {}): TestImage {
  const layers = [aLayer({ 'etc/bottom': randomBytes(100_000) }), aLayer({ 'etc/motd': randomBytes(50_000) })];
  return anImage({ layers, ...wishes });
}

describe('every format becomes an image the runtime can unpack', () => {
  test.each<[string, (image: TestImage) => Buffer | Map<string, Buffer>]>([
    ['docker-archive', (image) => dockerArchiveOf(image)],
    ['docker-archive, gzip', (image) => gzipSync(dockerArchiveOf(image))],
    ['docker-archive, zstd', (image) => zstdCompressSync(dockerArchiveOf(image))],
    ['OCI archive', (image) => archiveOf(layoutOf(image))],
    ['OCI archive, gzip layers', (image) => archiveOf(layoutOf(image, { compression: 'gzip' }))],
    ['OCI archive, zstd layers', (image) => archiveOf(layoutOf(image, { compression: 'zstd' }))],
    ['OCI archive, gzip, gzip layers', (image) => gzipSync(archiveOf(layoutOf(image, { compression: 'gzip' })))],
    ['OCI layout directory', (image) => layoutOf(image)],
    ['OCI layout directory, nested index', (image) => layoutOf(image, { nested: true, compression: 'gzip' })],
    ['directory with one archive', (image) => new Map([['image.tar.gz', gzipSync(dockerArchiveOf(image))]])],
    ['directory with one OCI archive', (image) => new Map([['image.tar', archiveOf(layoutOf(image))]])],
    [
      'directory of an OCI layout',
      (image) => new Map([...layoutOf(image)].map(([path, file]) => [`image/${path}`, file])),
    ],
    ['docker-archive, zstd that begins with notes', (image) => withNotes(zstdCompressSync(dockerArchiveOf(image)))],
    [
      'OCI archive, zstd layers that begin with notes',
      ({ config, layers }) => {
        const layout = new LayoutWriter();
        const packed = layers.map((layer) => layout.blob(`${types.layer}+zstd`, withNotes(zstdCompressSync(layer))));
        return archiveOf(layout.of(layout.image({ config, layers: [] }, { more: { layers: packed } })));
      },
    ],
    [
      'OCI archive, an image under two names and its signature',
      (image) => {
        const layout = new LayoutWriter();
        const signature = layout.artifact({ artifactType: 'application/vnd.cncf.notary.signature' });
        const only = layout.image(image, { compression: 'gzip' });
        return archiveOf(layout.of(signature, only, { ...only, annotations: { a: 'b' } }));
      },
    ],
    [
      'OCI archive, an image for each variant',
      (image) => {
        const layout = new LayoutWriter();
        const platform = { os: 'linux', architecture: 'amd64' };
        const others = ['v3', 'v2'].map((variant) => ({
          ...layout.image(aFreshImage({ variant })),
          platform: { ...platform, variant },
        }));
        return archiveOf(layout.of(...others, { ...layout.image(image), platform }));
      },
    ],
  ])('%s', async (_, pack) => {
    const image = aFreshImage();
    const outPath = await pod.built('image', pack(image));
    const result = await pod.import({ outPath, imageName: name });
    expect(result).toMatchObject({ ok: true, layers: 2, layersSent: 2 });
    expect(await daemon.ctr('images', 'check', `name==${name}`)).toMatch(/complete \(3\/3\)/);
    await expectUnpacks(image);
    expect(await leases()).toEqual([]);
  });
});

/** As pzstd writes them: the first frame is one to be skipped. */
function withNotes(zstd: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]), zstd]);
}

test('an image of two equal layers, the second of them a link, and one of none', async () => {
  const layer = aLayer({ 'etc/motd': randomBytes(1000) });
  const { config } = anImage({ layers: [layer, layer] });
  const manifest = [{ Config: 'c.json', Layers: ['0/layer.tar', '1/layer.tar'] }];
  const archive = tarOf([
    { name: '0/layer.tar', content: layer },
    { name: '1/layer.tar', kind: '2', linkTarget: '../0/layer.tar' },
    { name: 'c.json', content: config },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
  const two = await pod.import({ outPath: await pod.built('two', archive), imageName: name });
  expect(two).toMatchObject({ ok: true, layers: 2, layersSent: 1 });
  const none = tarOf([
    { name: 'c.json', content: anImage({ layers: [] }).config },
    { name: 'manifest.json', content: Buffer.from('[{"Config":"c.json","Layers":null}]') },
  ]);
  const empty = { outPath: await pod.built('none', none), imageName: `${name}-empty` };
  expect(await pod.import(empty)).toMatchObject({ ok: true, layers: 0, layersSent: 0 });
});

describe('what ctr itself exports is loaded:', () => {
  test.each([
    ['one image under two names', []],
    ['as OCI alone', ['--skip-manifest-json']],
  ])('%s', async (_, options) => {
    const image = aFreshImage();
    const theirs = name.replace('r.example', 'foreign.example');
    await importByHand(image, theirs);
    await daemon.ctr('images', 'tag', theirs, `${theirs}-too`);
    const outPath = await pod.built('exported', Buffer.alloc(0));
    const file = join(pod.store, outPath.slice('/nix/store/'.length));
    await daemon.ctr('images', 'export', ...options, file, theirs, `${theirs}-too`);
    await daemon.ctr('images', 'rm', '--sync', theirs, `${theirs}-too`);
    expect(await pod.import({ outPath, imageName: name })).toMatchObject({ ok: true, layers: 2 });
    await expectUnpacks(image);
  });
});

describe('every description becomes an image of what is in the store', () => {
  const [app, top] = [storePath('app'), aLayer({ top: randomBytes(10) })];
  const inPod = (path: string) => path.replace('/nix/store', pod.store);
  const intoDirectory = async (path: string) => {
    await mkdir(inPod(storePath('image')));
    await rename(inPod(path), join(inPod(storePath('image')), 'image'));
    return storePath('image');
  };
  const json = async (more: object = {}) => pod.built('app.json', imageJson(pod.store, [[{ path: app }]], more));
  const script = () => aStreamScript(pod.store, { layers: [['app']], customisation: top });

  test.each<[string, () => Promise<string>, boolean]>([
    ['stream script', script, true],
    ['stream script that the build took for something else', script, false],
    ['directory with one stream script', async () => intoDirectory(await script()), false],
    ['nix2container’s JSON', json, false],
    ['directory with nix2container’s JSON', async () => intoDirectory(await json()), false],
    ['link to nix2container’s JSON', () => linkTo(json()), false],
    ['link to a stream script', () => linkTo(script()), true],
  ])('%s', async (_, build, isScript) => {
    const content = randomBytes(200_000);
    await mkdir(inPod(app));
    await writeFile(join(inPod(app), 'file'), content);
    const outPath = await build();
    const result = await pod.import({ outPath, imageName: name, script: isScript });
    expect(result).toMatchObject({ ok: true });
    const target = join(pod.memory, '../mounted');
    await mkdir(target);
    await daemon.ctr('images', 'mount', name, target);
    try {
      expect((await readFile(join(target, app, 'file'))).equals(content)).toBe(true);
    } finally {
      await daemon.ctr('images', 'unmount', '--rm', target);
    }
    const again = await pod.import({ outPath, imageName: name, script: isScript });
    expect(again).toMatchObject({ ok: true, layersSent: 0 });
    expect(bytesRead(again)).toBeLessThan(4000);
  });

  async function linkTo(path: Promise<string>): Promise<string> {
    await symlink((await path).slice('/nix/store/'.length), inPod(storePath('link')));
    return storePath('link');
  }
});

async function expectUnpacks(image: TestImage): Promise<void> {
  const target = join(pod.memory, '../mounted');
  await mkdir(target, { recursive: true });
  await daemon.ctr('images', 'mount', name, target);
  try {
    expect(image.layers[1]?.includes(await readFile(join(target, 'etc/motd')))).toBe(true);
    expect(image.layers[0]?.includes(await readFile(join(target, 'etc/bottom')))).toBe(true);
  } finally {
    await daemon.ctr('images', 'unmount', '--rm', target);
  }
}

describe('an import', () => {
  test('done again sends nothing', async () => {
    const outPath = await pod.built('image', dockerArchiveOf(aFreshImage()));
    const first = await pod.import({ outPath, imageName: name });
    const second = await pod.import({ outPath, imageName: name });
    expect(second).toEqual({ ...first, layersSent: 0, bytesSent: 0, bytesRead: expect.any(Number) });
  });

  test('of an archive that is known decompresses nothing, and goes on where the runtime lost a layer', async () => {
    const image = aFreshImage();
    const archive = gzipSync(dockerArchiveOf(image));
    const outPath = await pod.built('image.tar.gz', archive);
    const first = await pod.import({ outPath, imageName: name });
    expect(bytesRead(first)).toBeGreaterThan(archive.length);
    const again = await pod.import({ outPath, imageName: name });
    expect(again).toEqual({ ...first, layersSent: 0, bytesSent: 0, bytesRead: 512 });
    await loseImage();
    const afterLoss = await pod.import({ outPath, imageName: name });
    expect(afterLoss).toMatchObject({ ok: true, layersSent: 2 });
    await expectUnpacks(image);
  });

  test('of an archive that another build replaced under the same path loads the new one', async () => {
    const [before, after] = [aFreshImage(), aFreshImage()];
    const outPath = await pod.built('image.tar.gz', gzipSync(dockerArchiveOf(before)));
    await pod.import({ outPath, imageName: name });
    await rm(join(pod.store, outPath.slice('/nix/store/'.length)));
    await pod.built('image.tar.gz', gzipSync(dockerArchiveOf(after)));
    expect(await pod.import({ outPath, imageName: name })).toMatchObject({ ok: true, layersSent: 2 });
    await expectUnpacks(after);
  });

  test('forgets what is remembered of an archive that holds something else, and reads it', async () => {
    const [image, other] = [aFreshImage(), aFreshImage()];
    const outPath = await pod.built('image.tar.gz', gzipSync(dockerArchiveOf(image)));
    await pod.import({ outPath, imageName: name });
    await rememberInstead(other);
    await loseImage();
    expect(await pod.import({ outPath, imageName: name })).toMatchObject({ ok: true, layersSent: 2 });
    await expectUnpacks(image);
  });

  test('sends only the layers that changed', async () => {
    const bottom = aLayer({ 'etc/bottom': randomBytes(500_000) });
    const before = anImage({ layers: [bottom, aLayer({ 'etc/motd': randomBytes(1000) })] });
    const after = anImage({ layers: [bottom, aLayer({ 'etc/motd': randomBytes(1000) })] });
    await pod.import({ outPath: await pod.built('before', gzipSync(dockerArchiveOf(before))), imageName: name });
    const changed = await pod.import({ outPath: await pod.built('after', dockerArchiveOf(after)), imageName: name });
    expect(changed).toMatchObject({ ok: true, layers: 2, layersSent: 1 });
  });

  test('names its records after the order alone, labelled with their owner', async () => {
    const outPath = await pod.built('image', dockerArchiveOf(aFreshImage(), ['foreign.example/name:tag']));
    const result = await pod.import({ outPath, imageName: name });
    const digest = result.ok ? result.imageDigest : '';
    const { images } = await connection.services().images.list({});
    const ours = images.filter(({ target }) => target?.digest === digest && !target.digest.startsWith('sha256:config'));
    const names = ours.map((image) => image.name).filter((name) => !name.startsWith('sha256:'));
    expect(names.toSorted()).toEqual([name, name.replace(':1', `@${digest}`)].toSorted());
    for (const image of ours.filter((image) => names.includes(image.name))) {
      expect(image.labels).toMatchObject({
        'enbi.hrzn.ee/managed': 'true',
        'enbi.hrzn.ee/build-namespace': anOwner.namespace,
        'enbi.hrzn.ee/build-name': anOwner.name,
        'enbi.hrzn.ee/build-uid': anOwner.uid,
      });
    }
    expect(images.some((image) => image.name.startsWith('foreign.example'))).toBe(false);
  });

  test('labels every blob with where it can be had, also those that were there', async () => {
    const image = aFreshImage();
    const outPath = await pod.built('image', archiveOf(layoutOf(image, { compression: 'gzip' })));
    const other = name.replace(':1', '-other:1');
    await pod.import({ outPath, imageName: name });
    await pod.import({ outPath, imageName: other });
    const repositories = [name, other].map((text) => text.replace('r.example/', '').replace(':1', ''));
    const blobs = await blobsOf(other);
    expect(blobs).toHaveLength(4);
    const source = blobs.map(({ labels }) => labels['containerd.io/distribution.source.r.example']);
    const [manifest, config, ...layers] = source;
    expect([manifest, config]).toEqual([repositories[1], repositories[1]]);
    expect(layers).toEqual([repositories.join(','), repositories.join(',')]);
    expect(blobs[0]?.labels).toMatchObject({
      'containerd.io/gc.ref.content.config': blobs[1]?.digest,
      'containerd.io/gc.ref.content.l.0': blobs[2]?.digest,
      'containerd.io/gc.ref.content.l.1': blobs[3]?.digest,
    });
  });

  test('stamps the repository into the image, so that no other repository has its ID', async () => {
    const outPath = await pod.built('image', dockerArchiveOf(aFreshImage({ labels: { keep: 'me' } })));
    await pod.import({ outPath, imageName: name });
    const [, config] = await blobsOf(name);
    expect(JSON.parse((await read(config?.digest ?? '')).toString())).toMatchObject({
      config: { Labels: { keep: 'me', 'enbi.hrzn.ee/repository': name.replace(':1', '') }, Cmd: ['/bin/true'] },
    });
  });

  test('moves its own namespace’s name to a new image', async () => {
    await pod.import({ outPath: await pod.built('one', dockerArchiveOf(aFreshImage())), imageName: name });
    const moved = await pod.import({
      outPath: await pod.built('two', dockerArchiveOf(aFreshImage())),
      imageName: name,
    });
    expect(moved).toMatchObject({ ok: true });
  });

  test('says how far it is', async () => {
    await pod.import({ outPath: await pod.built('image', dockerArchiveOf(aFreshImage())), imageName: name });
    expect(pod.lines).toContainEqual(expect.stringMatching(/^\[enbi\] progress: 0\/2 layers sent, 0\.0\/0\.1 MiB$/));
  });

  test('of a Docker Hub short name is found under it', async () => {
    const imageName = name.replace('r.example/team/', 'docker.io/');
    const outPath = await pod.built('image', dockerArchiveOf(aFreshImage()));
    expect(await pod.import({ outPath, imageName, openHosts: ['docker.io'] })).toMatchObject({ ok: true });
  });
});

function bytesRead(result: ImportResult): number {
  return result.ok ? (result.bytesRead ?? 0) : 0;
}

/** As when the kubelet collects images. */
async function loseImage(): Promise<void> {
  const { images } = await connection.services().images.list({});
  const digest = images.find((image) => image.name === name)?.target?.digest;
  const names = images.filter(({ target }) => target?.digest === digest).map((image) => image.name);
  await daemon.ctr('images', 'rm', '--sync', ...names);
}

/** Another image's layers and config under the key of the only archive that is known. */
async function rememberInstead({ config, layers }: TestImage): Promise<void> {
  const [file = ''] = await readdir(pod.memory);
  const known = {
    config: config.toString(),
    layers: layers.map((layer, position) => ({
      digest: sha256(layer),
      sizeBytes: layer.length,
      compression: 'none',
      position,
    })),
  };
  await writeFile(join(pod.memory, file), JSON.stringify(known));
}

describe('a name in use', () => {
  test('by a foreign image is left alone, and nothing is written', async () => {
    await importByHand(aFreshImage(), name);
    const before = await state();
    const outPath = await pod.built('image', dockerArchiveOf(aFreshImage()));
    const result = await pod.import({ outPath, imageName: name });
    expect(result).toMatchObject({ ok: false, reason: 'NameConflict', retry: false });
    await expectUnchanged(before);
  });

  test('by another namespace is left alone', async () => {
    const owner = { ...anOwner, namespace: 'team-b' };
    await pod.import({ outPath: await pod.built('one', dockerArchiveOf(aFreshImage())), imageName: name, owner });
    const before = await state();
    const result = await pod.import({
      outPath: await pod.built('two', dockerArchiveOf(aFreshImage())),
      imageName: name,
    });
    expect(result).toMatchObject({ ok: false, reason: 'NameConflict', message: expect.stringContaining('is taken') });
    expect(JSON.stringify(result)).not.toContain('team-b');
    await expectUnchanged(before);
  });

  test('by the same image is no conflict', async () => {
    const outPath = await pod.built('image', dockerArchiveOf(aFreshImage()));
    await pod.import({ outPath, imageName: name, owner: { ...anOwner, namespace: 'team-b' } });
    expect(await pod.import({ outPath, imageName: name })).toMatchObject({ ok: true });
  });
});

describe('is refused and leaves nothing behind:', () => {
  test.each<[string, string, () => Buffer | Map<string, Buffer>]>([
    ['an image for another machine', 'PlatformMismatch', () => dockerArchiveOf(aFreshImage({ architecture: 'arm64' }))],
    ['a layer that is not what the config says', 'DigestMismatch', () => withWrongLayer('none')],
    ['a gzip layer that is not what the config says', 'DigestMismatch', () => withWrongLayer('gzip')],
    ['an archive cut short', 'InvalidArchive', () => dockerArchiveOf(aFreshImage()).subarray(0, -40_000)],
    ['a gzip archive cut short', 'InvalidArchive', () => gzipSync(dockerArchiveOf(aFreshImage())).subarray(0, -10_000)],
    [
      'a label of the runtime’s own',
      'ReservedLabel',
      () => dockerArchiveOf(aFreshImage({ labels: { 'containerd.io/restart.loguri': 'binary:///bin/sh' } })),
    ],
    ['a program', 'NotAnImage', () => Buffer.from('#!/bin/sh\necho hello\n')],
    ['a package of programs', 'NotAnImage', () => new Map([['bin/hello', Buffer.from('\x7fELF')]])],
  ])('%s', async (_, reason, pack) => {
    const before = await state();
    const result = await pod.import({ outPath: await pod.built('image', pack()), imageName: name });
    expect(result).toMatchObject({ ok: false, reason, retry: false });
    await expectUnchanged(before);
  });
});

/** For a compressed layer the manifest is right and the config lies; only unpacking tells. */
function withWrongLayer(compression: 'none' | 'gzip'): Buffer {
  const image = aFreshImage();
  const other = aFreshImage();
  const lying = { config: other.config, layers: image.layers };
  if (compression === 'gzip') {
    return archiveOf(layoutOf(lying, { compression }));
  }
  const [bottom, top] = other.layers;
  const archive = dockerArchiveOf(other);
  const at = archive.indexOf(bottom?.subarray(600, 700) ?? '');
  expect(top).toBeDefined();
  archive.write('spoiled', at);
  return archive;
}

test('a false diff_id of a layer that the node has is refused, and what the node knows of the layer stays', async () => {
  const image = aFreshImage();
  const right = archiveOf(layoutOf(image, { compression: 'gzip' }));
  await pod.import({ outPath: await pod.built('right', right), imageName: name });
  const labels = async () => (await blobsOf(name)).map((blob) => blob.labels['containerd.io/uncompressed']);
  const before = await labels();
  expect(before.slice(2)).toEqual(image.layers.map(sha256));
  const lying = { ...image, config: anImage({ layers: image.layers.toReversed() }).config };
  const wrong = archiveOf(layoutOf(lying, { compression: 'gzip' }));
  const refused = await pod.import({ outPath: await pod.built('wrong', wrong), imageName: `${name}-wrong` });
  expect(refused).toMatchObject({ ok: false, reason: 'DigestMismatch' });
  expect(await labels()).toEqual(before);
});

describe('a stream script', () => {
  test('that the build had to run is imported by the archive it wrote', async () => {
    const image = aFreshImage();
    const outPath = await pod.built('stream-output.tar', dockerArchiveOf(image));
    const result = await pod.import({ outPath, imageName: name, script: true });
    expect(result).toMatchObject({ ok: true, layersSent: 2, script: 'run' });
    await expectUnpacks(image);
  });

  describe('of nixpkgs’ streamLayeredImage is read, not run:', () => {
    let customisation: Buffer;
    const fileOf = (path: string) => join(storePath(path).replace('/nix/store', pod.store), 'file');
    const fill = async (path: string) => {
      await mkdir(dirname(fileOf(path)), { recursive: true });
      await writeFile(fileOf(path), randomBytes(100_000));
    };
    const loaded = async (layers: readonly (readonly string[])[]) => {
      const order = {
        outPath: await aStreamScript(pod.store, { layers, customisation }),
        imageName: name,
        script: true,
      };
      const result = await pod.import(order);
      expect(result).toMatchObject({ ok: true, script: 'read' });
      return result.ok ? result : undefined;
    };
    const contentOf = async (path: string) => {
      const target = join(pod.memory, '../mounted');
      await mkdir(target, { recursive: true });
      await daemon.ctr('images', 'mount', name, target);
      try {
        return await readFile(join(target, storePath(path), 'file'));
      } finally {
        await daemon.ctr('images', 'unmount', '--rm', target);
      }
    };

    beforeEach(async () => {
      customisation = aLayer({ 'etc/motd': randomBytes(100) });
      for (const each of ['a', 'b', 'c']) await fill(each);
    });

    test('the image has what the store paths hold', async () => {
      expect(await loaded([['a'], ['b', 'c']])).toMatchObject({ layers: 3, layersSent: 3 });
      expect(await contentOf('b')).toEqual(await readFile(fileOf('b')));
    });

    test('again, nothing of the store paths is read', async () => {
      await loaded([['a'], ['b', 'c']]);
      const again = await loaded([['a'], ['b', 'c']]);
      expect(again).toMatchObject({ layersSent: 0 });
      expect(again?.bytesRead).toBeLessThan(1000);
    });

    test('with another layer, that one alone is read', async () => {
      await loaded([['a'], ['b']]);
      const changed = await loaded([['a'], ['c']]);
      expect(changed).toMatchObject({ layersSent: 1 });
      expect(changed?.bytesRead).toBeGreaterThan(200_000);
      expect(changed?.bytesRead).toBeLessThan(210_000);
    });

    test('a layer that the runtime lost is made again', async () => {
      await loaded([['a'], ['b']]);
      await loseImage();
      expect(await loaded([['a'], ['b']])).toMatchObject({ layersSent: 3 });
      expect(await contentOf('a')).toEqual(await readFile(fileOf('a')));
    });

    test('a store path that was built anew with other bytes is read anew', async () => {
      await loaded([['a'], ['b']]);
      await rm(dirname(fileOf('a')), { recursive: true });
      await fill('a');
      expect(await loaded([['a'], ['b']])).toMatchObject({ layersSent: 1 });
      expect(await contentOf('a')).toEqual(await readFile(fileOf('a')));
    });

    test('what was changed behind the store’s back is noticed when it has to be sent', async () => {
      await loaded([['a'], ['b']]);
      await writeFile(fileOf('a'), randomBytes(100_000));
      await loseImage();
      expect(await loaded([['a'], ['b']])).toMatchObject({ layersSent: 3 });
      expect(await contentOf('a')).toEqual(await readFile(fileOf('a')));
    });
  });
});

test('without a socket every place is named', async () => {
  await using nowhere = await anImportPod(undefined);
  const outPath = await nowhere.built('image', dockerArchiveOf(aFreshImage()));
  const result = await nowhere.import({ outPath });
  expect(result).toMatchObject({ ok: false, reason: 'SocketNotFound', retry: true });
  for (const place of ['k3s/containerd/', 'k0s/', 'microk8s/common/run/', 'run/containerd/']) {
    expect(result).toMatchObject({ message: expect.stringContaining(`${place}containerd.sock: no socket`) });
  }
});

/** As someone would with ctr: no labels of enbi's. */
async function importByHand(image: TestImage, imageName: string): Promise<void> {
  const archive = join(pod.store, 'by-hand.tar');
  await writeFile(archive, dockerArchiveOf(image, [imageName]));
  await daemon.ctr('images', 'import', '--local', archive);
  await rm(archive);
}

/** Blobs of earlier tests may still be collected meanwhile; ours, if any were written, are soon. */
async function expectUnchanged(before: Awaited<ReturnType<typeof state>>): Promise<void> {
  const now = await state();
  expect(now.records).toEqual(before.records);
  expect(now.leases).toEqual(before.leases);
  const added = async () => (await state()).blobs.filter((digest) => !before.blobs.includes(digest));
  // After a slow collection containerd rests fifty times as long (pause_threshold of its gc plugin).
  await expect.poll(added, { timeout: 120_000 }).toEqual([]);
}

/** Everything an import could have changed: records, blobs, leases. */
async function state() {
  const { images, content } = connection.services();
  const records = (await images.list({})).images.map(
    ({ name, target, labels }) => `${name} ${target?.digest} ${Object.keys(labels).toSorted().join()}`,
  );
  const blobs = (await Array.fromAsync(content.list({}))).flatMap(({ info }) => info.map(({ digest }) => digest));
  return { records: records.toSorted(), blobs: blobs.toSorted(), leases: await leases() };
}

async function leases(): Promise<string[]> {
  const all = await connection.services().leases.list({});
  return all.leases.map(({ id }) => id).filter((id) => id.startsWith('enbi-'));
}

/** Manifest, config and layers of a named image, as containerd keeps them. */
async function blobsOf(imageName: string) {
  const { images, content } = connection.services();
  const { image } = await images.get({ name: imageName });
  const digest = image?.target?.digest ?? '';
  const manifest: { config: { digest: string }; layers: { digest: string }[] } = JSON.parse(
    (await read(digest)).toString(),
  );
  const digests = [digest, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)];
  return Promise.all(
    digests.map(async (digest) => {
      const { info } = await content.info({ digest });
      return { digest, labels: info?.labels ?? {} };
    }),
  );
}

async function read(digest: string): Promise<Buffer> {
  const parts = await Array.fromAsync(connection.services().content.read({ digest }));
  return Buffer.concat(parts.map(({ data }) => data));
}
