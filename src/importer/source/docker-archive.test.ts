import { describe, expect, test } from 'vitest';
import {
  aLayer,
  anImage,
  compress,
  dockerArchiveOf,
  sha256,
  type TarMember,
  tarOf,
} from '../../../test/support/images.ts';
import { layersOf, outputs } from '../../../test/support/open-output.ts';
import { archive, gnuLong, member, paxHeader, paxRecord } from '../../../test/support/tar-writer.ts';
import { limits } from '../limits.ts';

const { opened } = outputs();

const [one, two] = [aLayer({ one: '1' }), aLayer({ two: '2' })];
/** As `docker save` before version 25: the second of two equal layers leads to the first. */
const image = anImage({ layers: [one, two, two] });

interface Wishes {
  readonly config?: Buffer;
  readonly layers?: readonly string[] | null;
  readonly more?: object;
}

function manifestOf({ layers = ['0/layer.tar', '1/layer.tar', '2/layer.tar'], more = {} }: Wishes = {}): TarMember {
  const content = Buffer.from(JSON.stringify([{ Config: 'c.json', RepoTags: null, Layers: layers, ...more }]));
  return { name: 'manifest.json', content };
}

function saved(third: TarMember | undefined, wishes: Wishes = {}, ...others: readonly TarMember[]): Buffer {
  return tarOf([
    { name: '0/layer.tar', content: one },
    { name: '1/layer.tar', content: two },
    ...(third === undefined ? [] : [third]),
    { name: 'c.json', content: wishes.config ?? image.config },
    manifestOf(wishes),
    ...others,
  ]);
}

const symbolic = (name: string, linkTarget: string): TarMember => ({ name, kind: '2', linkTarget });
const hard = (name: string, linkTarget: string): TarMember => ({ name, kind: '1', linkTarget });

describe('a link in the archive to a file of the archive is that file:', () => {
  test.each<[string, Buffer]>([
    ['a symbolic one, from where it lies', saved(symbolic('2/layer.tar', '../1/layer.tar'))],
    ['a symbolic one, by a way about', saved(symbolic('./2/layer.tar', '.././2/..//1/layer.tar'))],
    ['a hard one, by its name', saved(hard('2/layer.tar', '1/layer.tar'))],
    ['a hard one, by its name as tar packs `.`', saved(hard('./2/layer.tar', './1/layer.tar'))],
    ['over another', saved(symbolic('2/layer.tar', '../a'), {}, hard('a', '1/layer.tar'))],
    ['there twice', saved(symbolic('2/layer.tar', '../1/layer.tar'), {}, symbolic('2/layer.tar', '../1/layer.tar'))],
  ])('%s', async (_, archive) => {
    for (const each of [archive, compress(archive, 'gzip'), compress(archive, 'zstd')]) {
      await using source = await opened(each);
      expect(await layersOf(source)).toEqual([one, two, two]);
      expect(source.layers.map(({ name }) => name)).toEqual(['0/layer.tar', '1/layer.tar', '2/layer.tar']);
    }
  });

  test.each([
    ['GNU’s way', (target: string) => gnuLong('K', target)],
    ['pax’', (target: string) => paxHeader([paxRecord('linkpath', target)])],
  ])('whose name is longer than a header has room for, in %s', async (_, long) => {
    const name = `${'directory/'.repeat(9)}layer.tar`;
    const target = `../${name}`;
    const files = [
      member({ name: '0/layer.tar' }, one),
      member({ name }, two),
      long(target),
      member({ name: '2/layer.tar', flag: '2', linkTarget: target.slice(0, 100) }),
      member({ name: 'c.json' }, image.config),
      member({ name: 'manifest.json' }, manifestOf({ layers: ['0/layer.tar', name, '2/layer.tar'] }).content),
    ];
    await using source = await opened(archive(...files));
    expect(await layersOf(source)).toEqual([one, two, two]);
  });

  test('the config, also', async () => {
    const link = symbolic('c.json', 'blobs/c');
    const archive = tarOf([
      { name: '0', content: one },
      link,
      { name: 'blobs/c', content: anImage({ layers: [one] }).config },
      manifestOf({ layers: ['0'] }),
    ]);
    await using source = await opened(archive);
    expect(await layersOf(source)).toEqual([one]);
  });
});

describe('a link is not followed', () => {
  const round = Array.from({ length: limits.links + 1 }, (_, at) => symbolic(`l${at}`, `l${at + 1}`));

  test.each<[string, Buffer, RegExp]>([
    [
      'out of the archive',
      saved(symbolic('2/layer.tar', '../../1/layer.tar')),
      /^2\/layer.tar is a link that leads out/,
    ],
    ['to a path of the machine', saved(symbolic('2/layer.tar', '/1/layer.tar')), /leads out of the archive/],
    ['out of the archive by a name', saved(hard('2/layer.tar', '../1/layer.tar')), /leads out of the archive/],
    ['to what is not there', saved(symbolic('2/layer.tar', '../none')), /a link to none, which is not in the archive/],
    ['to itself', saved(symbolic('2/layer.tar', 'layer.tar')), /more than 40 links/],
    ['further than the kernel would', saved(symbolic('2/layer.tar', '../l0'), {}, ...round), /more than 40 links/],
    [
      'to a directory',
      saved(symbolic('2/layer.tar', '..'), {}, { name: '.', kind: '5' }),
      /directory|not in the archive/,
    ],
    ['to a device', saved(symbolic('2/layer.tar', '../d'), {}, { name: 'd', kind: '3' }), /is a link to a device/],
    [
      'where there are two of one name',
      saved(symbolic('2/layer.tar', '../0/layer.tar'), {}, symbolic('2/layer.tar', '../1/layer.tar')),
      /two members 2\/layer.tar that are not the same/,
    ],
  ])('%s', async (_, archive, message) => {
    const refused = { reason: 'InvalidArchive', message: expect.stringMatching(message) };
    await expect(opened(archive)).rejects.toMatchObject(refused);
  });
});

describe('what Go writes for nothing is nothing', () => {
  const config = (change: object) =>
    Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] }, ...change }),
    );

  test.each<[string, object]>([
    ['layers', {}],
    ['diff_ids', { rootfs: { type: 'layers', diff_ids: null } }],
    ['the root', { rootfs: null }],
    ['all of the settings', { config: null, history: null, variant: null, created: null, author: null }],
    ['a setting', { config: { Labels: null, Env: null, Cmd: null, Volumes: null } }],
    ['a label', { config: { Labels: { a: null } } }],
  ])('%s', async (_, change) => {
    const archive = tarOf([{ name: 'c.json', content: config(change) }, manifestOf({ layers: null })]);
    await using source = await opened(archive);
    expect(source.layers).toEqual([]);
    expect(source.config).toMatchObject({ os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
  });
});

describe('one image is one', () => {
  const entry = { Config: 'c.json', Layers: ['0'] };
  const holding = (...entries: readonly object[]) =>
    tarOf([
      { name: '0', content: one },
      { name: 'c.json', content: anImage({ layers: [one] }).config },
      { name: 'd.json', content: anImage({ layers: [one], command: ['/other'] }).config },
      { name: 'manifest.json', content: Buffer.from(JSON.stringify(entries)) },
    ]);

  test('under two names', async () => {
    await using source = await opened(holding({ ...entry, RepoTags: ['a:1'] }, { ...entry, RepoTags: ['b:1'] }));
    expect(await layersOf(source)).toEqual([one]);
  });

  test('and two are two', async () => {
    const message = expect.stringContaining('holds 2 images, 2 of them for x86_64-linux');
    const refused = { reason: 'InvalidArchive', message };
    await expect(opened(holding(entry, { ...entry, Config: 'd.json' }))).rejects.toMatchObject(refused);
  });
});

describe('of one image for each architecture, as apko writes them,', () => {
  const forEach = (...images: readonly Readonly<Record<string, string>>[]) => {
    const parts = images.map((wishes) => {
      const layer = aLayer({ who: JSON.stringify(wishes) });
      return { layer, name: sha256(layer), config: anImage({ layers: [layer], ...wishes }).config };
    });
    const manifest = parts.map(({ config, name }) => ({ Config: sha256(config), Layers: [`${name}.tar.gz`] }));
    return tarOf([
      ...parts.flatMap(({ config, name, layer }) => [
        { name: sha256(config), content: config },
        { name: `${name}.tar.gz`, content: compress(layer, 'gzip') },
      ]),
      { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
      { name: 'index.json', content: Buffer.from('{"schemaVersion":2,"manifests":[]}') },
    ]);
  };
  const [arm, amd, newer] = [
    { architecture: 'arm64' },
    { architecture: 'amd64' },
    { architecture: 'amd64', variant: 'v3' },
  ];

  test.each([
    ['x86_64-linux', amd],
    ['aarch64-linux', arm],
  ])('the one for %s is loaded', async (system, wishes) => {
    for (const archive of [forEach(newer, arm, amd), compress(forEach(arm, amd, newer), 'gzip')]) {
      await using source = await opened(archive, system);
      expect(await layersOf(source)).toEqual([aLayer({ who: JSON.stringify(wishes) })]);
    }
  });

  test.each<[string, Buffer, string, string]>([
    ['none for the system', forEach(arm, amd), 'riscv64-linux', 'holds 2 images, none of them for riscv64-linux'],
    [
      'more than are looked at',
      forEach(...Array.from({ length: limits.candidates + 1 }, (_, at) => ({ architecture: `a${at}` }))),
      'x86_64-linux',
      `at most ${limits.candidates} are looked at`,
    ],
  ])('%s is refused', async (_, archive, system, message) => {
    await expect(opened(archive, system)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });
});

test('names in the manifest are found as they are written, with ./ before them too', async () => {
  const config = anImage({ layers: [one] }).config;
  const manifest = Buffer.from(JSON.stringify([{ Config: 'sha256:abc', Layers: ['./a.tar.gz'] }]));
  const archive = tarOf([
    { name: 'sha256:abc', content: config },
    { name: './a.tar.gz', content: compress(one, 'gzip') },
    { name: 'manifest.json', content: manifest },
  ]);
  await using source = await opened(archive);
  expect(await layersOf(source)).toEqual([one]);
  expect(source.layers[0]?.name).toBe('./a.tar.gz');
});

describe('what is not loaded is named', () => {
  const windows = Buffer.from(image.config.toString().replace('"os":"linux"', '"os":"windows"'));
  const foreign = (diffId: string) => ({
    more: { LayerSources: { [diffId]: { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' } } },
  });

  test.each<[string, Buffer, string, RegExp]>([
    [
      'a layer in xz',
      saved({ name: '2/layer.tar', content: Buffer.from('\xfd7zXZ\0 rest', 'latin1') }),
      'InvalidArchive',
      /compressed with xz/,
    ],
    [
      'a layer in bzip2',
      saved({ name: '2/layer.tar', content: Buffer.from('BZh91AY&SY rest') }),
      'InvalidArchive',
      /compressed with bzip2/,
    ],
    [
      'a foreign layer',
      saved(undefined, foreign(sha256(two))),
      'InvalidArchive',
      /layer sha256:[0-9a-f]+ is a foreign layer/,
    ],
    [
      'an image for Windows, whatever layers it lacks',
      saved(undefined, { config: windows }),
      'PlatformMismatch',
      /for windows\/amd64; enbi loads images for Linux alone/,
    ],
    [
      'an archive from before Docker 1.10',
      tarOf([{ name: 'repositories', content: Buffer.from('{}') }, { name: 'a/json' }]),
      'InvalidArchive',
      /schema 1/,
    ],
  ])('%s', async (_, archive, reason, message) => {
    await expect(opened(archive)).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
  });
});

test('an archive that nixpkgs wrote is read as before', async () => {
  await using source = await opened(dockerArchiveOf(image));
  expect(await layersOf(source)).toEqual([one, two, two]);
});
