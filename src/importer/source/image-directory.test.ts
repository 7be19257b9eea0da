import { describe, expect, test } from 'vitest';
import {
  aLayer,
  anImage,
  archiveOf,
  compress,
  dockerArchiveOf,
  layoutOf,
  sha256,
} from '../../../test/support/images.ts';
import { type Descriptor, LayoutWriter, types } from '../../../test/support/layout-writer.ts';
import { layersOf, outputs } from '../../../test/support/open-output.ts';

const { opened } = outputs();
const image = anImage({ layers: [aLayer({ a: '1' }), aLayer({ b: '2' })] });

const below = (name: string, files: ReadonlyMap<string, Buffer>) =>
  new Map([...files].map(([path, content]) => [`${name}/${path}`, content]));
const notes = new Map([['nix-support/propagated-build-inputs', Buffer.from('x')]]);

/** As `skopeo copy … dir:` leaves it. */
function dirOf(layout: LayoutWriter, manifest: Descriptor): Map<string, Buffer> {
  const blobs = [...layout.files].filter(([name]) => name.startsWith('blobs/'));
  const files = new Map(blobs.map(([name, content]) => [name.slice('blobs/sha256/'.length), content]));
  files.set('manifest.json', layout.files.get(`blobs/${manifest.digest.replace(':', '/')}`) ?? Buffer.alloc(0));
  return files.set('version', Buffer.from('Directory Transport Version: 1.1\n')).set('signature-1', Buffer.from('x'));
}

function skopeoDir(): Map<string, Buffer> {
  const layout = new LayoutWriter();
  return dirOf(layout, layout.image(image, { compression: 'gzip' }));
}

/** `skopeo copy --all`: manifests lie beside the list of them. */
function listedDir(): Map<string, Buffer> {
  const layout = new LayoutWriter();
  const platforms = ['s390x', 'amd64'].map((architecture) => {
    const wanted = architecture === 'amd64' ? image : anImage({ architecture });
    return { ...layout.image(wanted), platform: { os: 'linux', architecture } };
  });
  const files = dirOf(layout, layout.blob(types.index, { schemaVersion: 2, manifests: platforms }));
  for (const { digest } of platforms) {
    const name = digest.slice('sha256:'.length);
    files.set(`${name}.manifest.json`, files.get(name) ?? Buffer.alloc(0)).delete(name);
  }
  return files;
}

/** As `docker save | tar x` leaves it. */
function extracted(): Map<string, Buffer> {
  const manifest = [{ Config: 'c.json', Layers: ['0/layer.tar', '1/layer.tar'] }];
  return new Map([
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ['c.json', image.config],
    ...image.layers.map((layer, at) => [`${at}/layer.tar`, layer] as const),
  ]);
}

describe('a directory is the image that it holds:', () => {
  test.each<[string, () => ReadonlyMap<string, Buffer>]>([
    ['an OCI layout', () => layoutOf(image)],
    ['the directory of an OCI layout', () => below('image', layoutOf(image))],
    ['that beside Nix’ own notes', () => new Map([...below('image', layoutOf(image)), ...notes])],
    [
      'that beside other files',
      () => new Map([...below('image', layoutOf(image)), ['README', Buffer.from('x')], ['tag', Buffer.from('1')]]),
    ],
    ['skopeo’s directory', skopeoDir],
    ['skopeo’s directory of several platforms', listedDir],
    ['the directory of that', () => below('image', skopeoDir())],
    ['an archive in a tar, of skopeo’s directory', () => new Map([['image.tar', archiveOf(skopeoDir())]])],
    ['what docker saved, extracted', extracted],
    ['an archive beside Nix’ own notes', () => new Map([['image.tar', dockerArchiveOf(image)], ...notes])],
    [
      'an archive beside its bill of materials, and what else there is',
      () =>
        new Map([
          ['image.tar.gz', compress(dockerArchiveOf(image), 'gzip')],
          ['sbom.json', Buffer.from('{}')],
          ['notes.txt.gz', compress(Buffer.from('notes'), 'gzip')],
          ['share/doc/README', Buffer.from('x')],
        ]),
    ],
  ])('%s', async (_, files) => {
    await using source = await opened(files());
    const unpacked = source.layers.map(({ diffId }) => diffId);
    expect(unpacked).toEqual(image.layers.map(sha256));
    expect(await layersOf(source)).toHaveLength(2);
  });
});

describe('a directory of something else is refused:', () => {
  const many = Array.from({ length: 70 }, (_, at) => [`file-${at}`, Buffer.from('x')] as const);

  test.each<[string, ReadonlyMap<string, Buffer>, string, RegExp]>([
    [
      'of two images',
      new Map([
        ['a.tar', dockerArchiveOf(image)],
        ['b.tar', dockerArchiveOf(image)],
      ]),
      'NotAnImage',
      /a directory of 2 image archives/,
    ],
    [
      'of more files than are looked at',
      new Map([['a.tar', dockerArchiveOf(image)], ...many]),
      'NotAnImage',
      /a directory of files/,
    ],
    ['of a directory of files', new Map([['share/x', Buffer.from('x')]]), 'NotAnImage', /a directory of files/],
    [
      'of a web page',
      new Map([
        ['manifest.json', Buffer.from('{"name":"page"}')],
        ['index.html', Buffer.from('x')],
      ]),
      'NotAnImage',
      /a directory of files/,
    ],
    [
      'of programs',
      new Map([
        ['bin/x', Buffer.from('x')],
        ['share/y', Buffer.from('y')],
      ]),
      'NotAnImage',
      /a program/,
    ],
    [
      'of an image in Docker’s schema 1',
      new Map([
        ['manifest.json', Buffer.from('{"schemaVersion":1,"fsLayers":[]}')],
        ['version', Buffer.from('')],
      ]),
      'InvalidArchive',
      /schema 1/,
    ],
  ])('%s', async (_, files, reason, message) => {
    await expect(opened(files)).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
  });
});
