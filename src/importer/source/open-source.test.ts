import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  aLayer,
  anImage,
  archiveOf,
  compress,
  dockerArchiveOf,
  layoutOf,
  sha256,
  type TestImage,
  tarOf,
  writeFiles,
} from '../../../test/support/images.ts';
import { limits } from '../limits.ts';
import { noMemory } from '../memory/memory.ts';
import { openSource } from './open-source.ts';
import type { Reading } from './place.ts';
import { ReadCount } from './read-count.ts';

const reading: Reading = { system: 'x86_64-linux', memory: noMemory, count: new ReadCount() };

let root: string;
let store: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enbi-source-'));
  store = join(root, 'store');
  await mkdir(store);
});

afterEach(() => rm(root, { recursive: true }));

async function opened(output: Buffer | ReadonlyMap<string, Buffer>, system = 'x86_64-linux') {
  const path = join(store, 'output');
  await (Buffer.isBuffer(output) ? writeFile(path, output) : writeFiles(path, output));
  return openSource({ root: store, path, name: '/nix/store/output' }, { ...reading, system });
}

async function contentOf(source: Awaited<ReturnType<typeof opened>>): Promise<Buffer[]> {
  const contents: Buffer[] = [];
  for (const layer of source.layers) {
    contents.push(Buffer.concat(await Array.fromAsync(layer.open())));
  }
  return contents;
}

describe('a source gives its layers from the bottom up', () => {
  const image = anImage({ layers: [aLayer({ a: 'one' }), aLayer({ b: 'two' }), aLayer({ c: 'three' })] });

  test.each([
    ['docker-archive', dockerArchiveOf(image)],
    ['docker-archive, gzip', gzipSync(dockerArchiveOf(image))],
    ['OCI archive', archiveOf(layoutOf(image))],
    ['OCI layout', layoutOf(image)],
  ])('of a %s, read in any order', async (_, output) => {
    await using source = await opened(output);
    expect(await contentOf(source)).toEqual(image.layers);
    for (const at of [2, 0, 1, 0]) {
      const layer = source.layers[at];
      expect(Buffer.concat(await Array.fromAsync(layer?.open() ?? []))).toEqual(image.layers[at]);
    }
    expect(source.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(sha256));
  });

  test('compressed as an OCI image has them', async () => {
    await using source = await opened(archiveOf(layoutOf(image, { compression: 'gzip' })));
    const compressed = image.layers.map((layer) => compress(layer, 'gzip'));
    expect(await contentOf(source)).toEqual(compressed);
    expect(source.layers.map(({ digest }) => digest)).toEqual(compressed.map(sha256));
    expect(source.layers.map(({ compression }) => compression)).toEqual(['gzip', 'gzip', 'gzip']);
  });

  test('uncompressed where a docker-archive has them compressed, for it names their diff_id alone', async () => {
    const compressed: TestImage = { ...image, layers: image.layers.map((layer) => compress(layer, 'gzip')) };
    await using source = await opened(dockerArchiveOf(compressed));
    expect(await contentOf(source)).toEqual(image.layers);
    expect(source.layers.map(({ sizeBytes }) => sizeBytes)).toEqual(image.layers.map(({ length }) => length));
  });
});

describe('of several platforms the one asked for is taken', () => {
  test.each([
    ['x86_64-linux', 'amd64'],
    ['s390x-linux', 's390x'],
  ])('for %s', async (system, architecture) => {
    await using source = await opened(archiveOf(layoutOf(anImage(), { nested: true })), system);
    expect(source.config.architecture).toBe(architecture);
  });

  test('and the others are named when it is not among them', async () => {
    const refused = opened(archiveOf(layoutOf(anImage(), { nested: true })), 'aarch64-linux');
    await expect(refused).rejects.toMatchObject({
      reason: 'PlatformMismatch',
      message: expect.stringContaining('linux/s390x, linux/amd64'),
    });
  });
});

describe('what is no image is said to be none', () => {
  test.each<[string, Buffer | Map<string, Buffer>, RegExp]>([
    ['a script', Buffer.from('#!/bin/sh\n'), /built a program, not an image.*streamLayeredImage/],
    ['an executable', Buffer.from('\x7fELF\x02'), /built a program/],
    ['a package of programs', new Map([['bin/x', Buffer.from('x')]]), /built a program/],
    [
      'a directory',
      new Map([
        ['a', Buffer.from('x')],
        ['b', Buffer.from('y')],
      ]),
      /built a directory of files/,
    ],
    ['a text', Buffer.from('hello'), /built a file, not an image/],
    ['an archive in xz', Buffer.from('\xfd7zXZ\0 rest', 'latin1'), /a file compressed with xz: .*gzip or zstd/],
    ['an archive in bzip2', Buffer.from('BZh91AY&SY rest'), /a file compressed with bzip2: /],
    ['nothing', Buffer.alloc(0), /built a file/],
    ['JSON of something else', Buffer.from('{"version":1}'), /built JSON that describes no image/],
    ['a compressed text', gzipSync('hello'), /built a compressed file/],
    ['another archive', tarOf([{ name: 'README' }]), /an archive, but of no image/],
  ])('%s', async (_, output, message) => {
    await expect(opened(output)).rejects.toMatchObject({
      name: 'UserError',
      reason: 'NotAnImage',
      message: expect.stringMatching(message),
    });
  });
});

function docker(manifest: unknown): Buffer {
  return tarOf([{ name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) }]);
}

function manyLayers(): TestImage {
  return anImage({ layers: Array.from({ length: limits.layers + 1 }, (_, at) => aLayer({ a: `${at}` })) });
}

describe('an archive that lies is refused', () => {
  const image = anImage();
  const files = (change: (files: Map<string, Buffer>) => void) => {
    const files = layoutOf(image);
    change(files);
    return archiveOf(files);
  };
  const configOf = (diffIds: readonly string[]) => dockerArchiveOf({ ...anImage({ diffIds }), layers: image.layers });

  test.each<[string, () => Buffer, string, RegExp]>([
    ['no image', () => docker([]), 'InvalidArchive', /0 images/],
    [
      'a config that is not there',
      () => docker([{ Config: '../../etc/passwd', Layers: [] }]),
      'InvalidArchive',
      /not in it/,
    ],
    ['a manifest that is none', () => docker({ Config: 1 }), 'InvalidArchive', /manifest.json is malformed/],
    ['a manifest that is no JSON', () => tarOf([{ name: 'manifest.json' }]), 'InvalidArchive', /not JSON/],
    [
      'fewer layers than diff_ids',
      () => configOf([...image.layers.map(sha256), sha256(Buffer.from('x'))]),
      'InvalidArchive',
      /lists 3/,
    ],
    ['more layers than diff_ids', () => configOf([]), 'InvalidArchive', /lists 0/],
    ['diff_ids that are none', () => configOf(['sha256:12', 'md5:1']), 'InvalidArchive', /rootfs.diff_ids.0/],
    ['too many layers', () => dockerArchiveOf(manyLayers()), 'ImageTooLarge', /at most 127/],
    [
      'a manifest too long',
      () => tarOf([{ name: 'manifest.json', content: Buffer.alloc(limits.documentBytes + 1) }]),
      'ImageTooLarge',
      /at most/,
    ],
    [
      'an empty index',
      () => files((all) => all.set('index.json', Buffer.from('{"manifests":[]}'))),
      'NotAnImage',
      /lists no image/,
    ],
    [
      'a blob that is another',
      () => files((all) => spoil(all, sha256(image.config))),
      'DigestMismatch',
      /has the digest/,
    ],
    [
      'a layer of another size',
      () => files((all) => all.set(pathOf(image.layers[0]), Buffer.alloc(5))),
      'DigestMismatch',
      /5 bytes instead/,
    ],
    [
      'a layer that is not there',
      () => files((all) => all.delete(pathOf(image.layers[0]))),
      'InvalidArchive',
      /not in it/,
    ],
    ['indexes without end', () => archiveOf(nestedIndexes(6)), 'ImageTooLarge', /nested/],
    [
      'a label of containerd’s',
      () => dockerArchiveOf(anImage({ labels: { 'Containerd.io/x': '' } })),
      'ReservedLabel',
      /the runtime's own/,
    ],
    [
      'a label of the CRI’s',
      () => dockerArchiveOf(anImage({ labels: { 'io.cri-containerd.kind': '' } })),
      'ReservedLabel',
      /own/,
    ],
    [
      'a label of the kubelet’s',
      () => dockerArchiveOf(anImage({ labels: { 'io.kubernetes.pod.uid': '' } })),
      'ReservedLabel',
      /own/,
    ],
  ])('%s', async (_, archive, reason, message) => {
    await expect(opened(archive())).rejects.toMatchObject({
      name: 'UserError',
      reason,
      message: expect.stringMatching(message),
    });
  });

  const ofFiles = (...members: Parameters<typeof tarOf>[0]) =>
    tarOf([...members, { name: 'config', content: image.config }]);
  const manifest = { name: 'manifest.json', content: Buffer.from('[{"Config":"config","Layers":["a","b"]}]') };
  const [a, b] = image.layers.map((content, at) => ({ name: ['a', 'b'][at] ?? '', content }));
  if (a === undefined || b === undefined) throw new Error('two layers');

  test.each<[string, Buffer, RegExp]>([
    [
      'a layer that is a link',
      ofFiles(manifest, { name: 'a', kind: '2', linkTarget: '/etc/passwd' }, b),
      /^a is a link/,
    ],
    [
      'a layer that is a hard link',
      ofFiles(manifest, { name: 'a', kind: '1', linkTarget: '../config' }, b),
      /^a is a link that leads out of the archive/,
    ],
    ['a layer that is a device', ofFiles(manifest, { name: 'a', kind: '3' }, b), /^a is a device/],
    ['a layer that is a directory', ofFiles(manifest, { name: 'a', kind: '5' }, b), /not in it/],
    ['a manifest that is a link', ofFiles({ name: 'manifest.json', kind: '2' }, a, b), /^manifest.json is a link/],
    ['a manifest that is a device', ofFiles({ name: 'manifest.json', kind: '6' }, a, b), /^manifest.json is a device/],
    ['two manifests', ofFiles(manifest, manifest, a, b), /has manifest.json twice/],
    ['two configs', ofFiles(manifest, a, b, { name: './config', content: image.config }), /has config twice/],
    [
      'two layers of one name',
      ofFiles(manifest, a, { name: 'a', content: Buffer.from('x') }, b),
      /two members a that are not the same/,
    ],
    ['a file that is a directory too', ofFiles(manifest, a, b, { name: 'b', kind: '5' }), /two members b/],
  ])('%s', async (_, archive, message) => {
    const refused = { reason: 'InvalidArchive', message: expect.stringMatching(message) };
    await expect(opened(archive)).rejects.toMatchObject(refused);
  });

  test('but a layer that is there twice, and the same, is not', async () => {
    const archive = ofFiles(manifest, a, a, b);
    await using source = await opened(archive);
    expect(await contentOf(source)).toEqual(image.layers);
  });

  test('an index that names itself over and over', async () => {
    const all = layoutOf(image);
    let index = Buffer.from('{"manifests":[]}');
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    for (let level = 0; level < 3; level++) {
      all.set(pathOf(index), index);
      const descriptor = { mediaType, digest: sha256(index), size: index.length };
      index = Buffer.from(JSON.stringify({ manifests: Array.from({ length: 1000 }, () => descriptor) }));
    }
    all.set('index.json', index);
    const refused = { reason: 'ImageTooLarge', message: expect.stringContaining('indexes') };
    await expect(opened(archiveOf(all))).rejects.toMatchObject(refused);
  });
});

function pathOf(content: Buffer | undefined): string {
  return `blobs/${sha256(content ?? Buffer.alloc(0)).replace(':', '/')}`;
}

function spoil(files: Map<string, Buffer>, digest: string): void {
  const path = `blobs/${digest.replace(':', '/')}`;
  files.set(path, Buffer.from((files.get(path)?.toString() ?? '').replace('amd64', 'arm64')));
}

function nestedIndexes(depth: number): Map<string, Buffer> {
  const files = layoutOf(anImage());
  for (let level = 0; level < depth; level++) {
    const index = files.get('index.json') ?? Buffer.alloc(0);
    files.set(pathOf(index), index);
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const manifests = [{ mediaType, digest: sha256(index), size: index.length }];
    files.set('index.json', Buffer.from(JSON.stringify({ manifests })));
  }
  return files;
}

describe('nothing outside of the store is read', () => {
  const archive = dockerArchiveOf(anImage());

  test('through a link that is the output', async () => {
    await writeFile(join(root, 'secret'), archive);
    await symlink(join(root, 'secret'), join(store, 'link'));
    const refused = openSource({ root: store, path: join(store, 'link'), name: 'link' }, reading);
    await expect(refused).rejects.toMatchObject({
      reason: 'InvalidArchive',
      message: expect.stringContaining('leads out of'),
    });
  });

  test('through a link inside a layout', async () => {
    const image = anImage();
    const path = join(store, 'layout');
    await writeFiles(path, layoutOf(image));
    const layer = pathOf(image.layers[0]);
    await writeFile(join(root, 'secret'), image.layers[0] ?? '');
    await rm(join(path, layer));
    await symlink(join(root, 'secret'), join(path, layer));
    const refused = openSource({ root: store, path, name: 'layout' }, reading);
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('leads out of') });
  });

  test('but a link to another store path is followed', async () => {
    await writeFile(join(store, 'real'), archive);
    await symlink(join(store, 'real'), join(store, 'link'));
    await using source = await openSource({ root: store, path: join(store, 'link'), name: 'link' }, reading);
    expect(source.layers).toHaveLength(2);
  });

  test('nor is a pipe waited for', async () => {
    execFileSync('mkfifo', [join(store, 'pipe')]);
    const refused = openSource({ root: store, path: join(store, 'pipe'), name: 'pipe' }, reading);
    await expect(refused).rejects.toMatchObject({ reason: 'NotAnImage' });
  });
});
