import { describe, expect, test } from 'vitest';
import { aLayer, anImage, archiveOf, type ImageWishes, type TestImage } from '../../../test/support/images.ts';
import { type Descriptor, LayoutWriter, types } from '../../../test/support/layout-writer.ts';
import { layersOf, outputs } from '../../../test/support/open-output.ts';
import { limits } from '../limits.ts';

const { opened } = outputs();

const image = anImage();

function another(name: string, wishes: ImageWishes = {}): TestImage {
  return anImage({ layers: [aLayer({ name })], ...wishes });
}

/** What the file in the layer of the image that is loaded says. */
async function loaded(files: ReadonlyMap<string, Buffer>, system?: string): Promise<string> {
  await using source = await opened(archiveOf(files), system);
  const [layer] = await layersOf(source);
  return layer?.toString('latin1', 512, 540).replaceAll('\0', '') ?? '';
}

describe('an image that is named several times is one', () => {
  const named = (descriptor: Descriptor, name: string) => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.ref.name': name },
  });

  test('under two names', async () => {
    const layout = new LayoutWriter();
    const only = layout.image(another('only'));
    expect(await loaded(layout.of(named(only, 'a'), named(only, 'b')))).toBe('only');
  });

  test('by itself, and in the index of its platforms', async () => {
    const layout = new LayoutWriter();
    const only = layout.image(another('only'));
    const index = layout.blob(types.index, {
      schemaVersion: 2,
      manifests: [{ ...only, platform: { os: 'linux', architecture: 'amd64' } }],
    });
    expect(await loaded(layout.of(named(index, 'a:1'), named(only, 'a@')))).toBe('only');
  });

  test('for two platforms', async () => {
    const layout = new LayoutWriter();
    const only = layout.image(another('only'));
    const platforms = ['arm64', 'amd64'].map((architecture) => ({ ...only, platform: { os: 'linux', architecture } }));
    expect(await loaded(layout.of(...platforms))).toBe('only');
  });

  test('compressed in two ways', async () => {
    const layout = new LayoutWriter();
    const platform = { os: 'linux', architecture: 'amd64' };
    const two = (['gzip', 'zstd'] as const).map((compression) => ({
      ...layout.image(another('only'), { compression }),
      platform,
      annotations: compression === 'zstd' ? { 'io.github.containers.compression.zstd': 'true' } : {},
    }));
    await using source = await opened(archiveOf(layout.of(...two)));
    expect(source.layers.map(({ compression }) => compression)).toEqual(['gzip']);
  });

  test('and two images are two', async () => {
    const layout = new LayoutWriter();
    const two = layout.of(layout.image(another('one')), layout.image(another('two')));
    const refused = { reason: 'InvalidArchive', message: expect.stringContaining('holds 2 images for x86_64-linux') };
    await expect(opened(archiveOf(two))).rejects.toMatchObject(refused);
  });
});

describe('of several variants the best that the system can run is taken', () => {
  test.each<[string, string, string, readonly string[]]>([
    ['x86_64-linux', 'amd64', '', ['v3', 'v2', '']],
    ['x86_64-linux', 'amd64', 'v1', ['v2', 'v1', 'v3']],
    ['x86_64-linux', 'amd64', 'v2', ['v3', 'v2']],
    ['armv7l-linux', 'arm', 'v7', ['v5', 'v6', 'v7', 'v8']],
    ['armv7l-linux', 'arm', 'v6', ['v5', 'v6', 'v8']],
    ['armv6l-linux', 'arm', 'v6', ['v7', 'v6', 'v5']],
    ['aarch64-linux', 'arm64', 'v8', ['v9', 'v8', 'v8.2']],
  ])('for %s: %s/%s', async (system, architecture, best, variants) => {
    const layout = new LayoutWriter();
    const all = variants.map((variant) => ({
      ...layout.image(another(`is ${variant}`, { architecture, variant })),
      platform: { os: 'linux', architecture, ...(variant === '' ? {} : { variant }) },
    }));
    expect(await loaded(layout.of(...all), system)).toBe(`is ${best}`);
    // And by their configs, where the index names no platforms.
    const unnamed = all.map((descriptor) => ({ ...descriptor, platform: undefined }));
    expect(await loaded(layout.of(...unnamed), system)).toBe(`is ${best}`);
  });

  test('without those that an export left out', async () => {
    const layout = new LayoutWriter();
    const platform = (variant: string) => ({ os: 'linux', architecture: 'amd64', variant });
    const gone = { ...layout.image(another('gone')), platform: platform('v1') };
    layout.files.delete(`blobs/${gone.digest.replace(':', '/')}`);
    const there = { ...layout.image(another('there')), platform: platform('v2') };
    expect(await loaded(layout.of(gone, there))).toBe('there');
  });
});

describe('of images for several platforms that only their configs name', () => {
  test.each([
    ['x86_64-linux', 'is amd64'],
    ['aarch64-linux', 'is arm64'],
  ])('the one for %s is taken', async (system, name) => {
    const layout = new LayoutWriter();
    const all = ['amd64', 'arm64'].map((architecture) => layout.image(another(`is ${architecture}`, { architecture })));
    const empty = all.map((descriptor) => ({ ...descriptor, platform: { os: '', architecture: '' } }));
    expect(await loaded(layout.of(...all), system)).toBe(name);
    expect(await loaded(layout.of(...empty), system)).toBe(name);
  });
});

describe('what stands beside an image is not taken for one:', () => {
  const beside: readonly (readonly [string, (layout: LayoutWriter, of: Descriptor) => object])[] = [
    [
      'cosign’s signature, with the config of an image',
      (layout) => layout.image(anImage(), { layerType: 'application/vnd.dev.cosign.simplesigning.v1+json' }),
    ],
    [
      'cosign’s attestation',
      (layout) => layout.image(another('x'), { layerType: 'application/vnd.dsse.envelope.v1+json' }),
    ],
    [
      'notation’s signature',
      (layout, subject) => layout.artifact({ artifactType: 'application/vnd.cncf.notary.signature', subject }),
    ],
    [
      'a signature that the index alone says is one, and that is not there',
      (_, subject) => ({ ...subject, digest: `sha256:${'0'.repeat(64)}`, artifactType: 'application/vnd.x.signature' }),
    ],
    [
      'a bill of materials without a type but its config’s',
      (layout) => layout.artifact({ config: layout.blob('application/vnd.syft+json', {}) }),
    ],
    [
      'BuildKit’s attestation without a platform',
      (layout) => ({
        ...layout.image(another('attests'), { layerType: 'application/vnd.in-toto+json' }),
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      }),
    ],
    [
      'a referrer in containerd’s export',
      (layout, { digest }) => ({
        ...layout.image(another('refers')),
        annotations: { 'io.containerd.manifest.subject': digest },
      }),
    ],
    [
      'an artifact of a time when they were no manifests',
      (layout) => layout.blob('application/vnd.oci.artifact.manifest.v1+json', { blobs: [] }),
    ],
    ['a signature whose digest is no SHA-256', (_, subject) => ({ ...subject, digest: `sha512:${'0'.repeat(128)}` })],
    [
      'the index of an image’s referrers',
      (layout, subject) => {
        const one = { ...layout.artifact({ artifactType: 'a/b', subject }), artifactType: 'a/b' };
        return {
          ...layout.blob(types.index, { schemaVersion: 2, manifests: [one] }),
          annotations: { 'org.opencontainers.image.ref.name': subject.digest.replace(':', '-') },
        };
      },
    ],
  ];

  test.each(beside)('%s', async (_, make) => {
    const layout = new LayoutWriter();
    const only = layout.image(another('only'));
    const other = make(layout, only);
    expect(await loaded(layout.of(only, other))).toBe('only');
    expect(await loaded(layout.of(other, only))).toBe('only');
    const platform = { os: 'linux', architecture: 'amd64' };
    expect(await loaded(layout.of(other, { ...only, platform }))).toBe('only');
  });

  test('all of it at once', async () => {
    const layout = new LayoutWriter();
    const only = layout.image(another('only'));
    expect(await loaded(layout.of(...beside.map(([, make]) => make(layout, only)), only))).toBe('only');
  });
});

describe('what is no image is named', () => {
  const withImage = (change: (layout: LayoutWriter) => object) => {
    const layout = new LayoutWriter();
    return archiveOf(layout.of(change(layout)));
  };
  const encrypted = `${types.layer}+gzip+encrypted`;
  const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';

  test.each<[string, () => Buffer, string, RegExp]>([
    [
      'a Helm chart',
      () =>
        withImage((layout) => layout.artifact({ config: layout.blob('application/vnd.cncf.helm.config.v1+json', {}) })),
      'NotAnImage',
      /no image, but something of the type application\/vnd.cncf.helm.config.v1\+json/,
    ],
    [
      'a signature alone',
      () =>
        withImage((layout) => layout.image(image, { layerType: 'application/vnd.dev.cosign.simplesigning.v1+json' })),
      'NotAnImage',
      /of the type application\/vnd.dev.cosign/,
    ],
    [
      'Docker’s schema 1',
      () => withImage((layout) => layout.blob('application/vnd.docker.distribution.manifest.v1+prettyjws', {})),
      'InvalidArchive',
      /schema 1, .*skopeo copy --format oci/,
    ],
    [
      'encrypted layers',
      () => withImage((layout) => layout.image(image, { layerType: encrypted })),
      'InvalidArchive',
      /is encrypted/,
    ],
    [
      'layers of another kind',
      () =>
        withImage((layout) => {
          const layers = ['application/vnd.erofs.layer.v1', types.layer].map((type) =>
            layout.blob(type, aLayer({ type })),
          );
          return layout.image(image, { more: { layers } });
        }),
      'InvalidArchive',
      /type application\/vnd.erofs.layer.v1/,
    ],
    [
      'a layer in xz',
      () => withImage((layout) => layout.image(anImage({ layers: [Buffer.from('\xfd7zXZ\0 rest', 'latin1')] }))),
      'InvalidArchive',
      /compressed with xz/,
    ],
    [
      'foreign layers that are not there',
      () => {
        const layout = new LayoutWriter();
        const only = layout.image(image, { layerType: foreign });
        const config = `blobs/${only.digest.replace(':', '/')}`;
        const kept = [...layout.files].filter(([name, content]) => name === config || !content.includes('ustar'));
        return archiveOf(new Map([...kept, ['index.json', layout.of(only).get('index.json') ?? Buffer.alloc(0)]]));
      },
      'InvalidArchive',
      /is a foreign layer, which the archive does not hold/,
    ],
    [
      'an image for Windows',
      () =>
        withImage((layout) => {
          const config = Buffer.from(image.config.toString().replace('"os":"linux"', '"os":"windows"'));
          return layout.image({ ...image, config });
        }),
      'PlatformMismatch',
      /windows\/amd64; enbi loads images for Linux alone/,
    ],
    [
      'content that is named by another digest',
      () => withImage((layout) => ({ ...layout.image(image), digest: `sha512:${'0'.repeat(128)}` })),
      'InvalidArchive',
      /reads SHA-256 digests/,
    ],
    [
      'more than is looked at',
      () => {
        const layout = new LayoutWriter();
        const many = Array.from({ length: limits.candidates + 1 }, (_, at) => layout.image(another(`${at}`)));
        return archiveOf(layout.of(...many));
      },
      'ImageTooLarge',
      /at most 32 are looked at/,
    ],
  ])('%s', async (_, pack, reason, message) => {
    await expect(opened(pack())).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  test('but a foreign layer that is there is loaded', async () => {
    const layout = new LayoutWriter();
    expect(await loaded(layout.of(layout.image(another('there'), { layerType: foreign })))).toBe('there');
  });
});

test('what Go writes for nothing is nothing', async () => {
  const layout = new LayoutWriter();
  const none = layout.image(anImage({ layers: [] }), { more: { layers: null, annotations: null, artifactType: null } });
  await using source = await opened(archiveOf(layout.of({ ...none, platform: null, annotations: null })));
  expect(source.layers).toEqual([]);
});

describe('an index that lists no image says what it lists:', () => {
  const cacheOf = (layout: LayoutWriter) => layout.blob('application/vnd.buildkit.cacheconfig.v0', {});
  test.each<[string, (layout: LayoutWriter) => readonly object[], string]>([
    ['a cache of BuildKit', (layout) => [cacheOf(layout)], 'only: application/vnd.buildkit.cacheconfig.v0'],
    [
      'an attestation without its image',
      (layout) => [{ ...layout.image(image), platform: { os: 'unknown', architecture: 'unknown' } }],
      `only: ${types.manifest} for unknown/unknown`,
    ],
    [
      'one without a type',
      (layout) => [{ ...layout.image(image), mediaType: undefined }],
      'only: something without a mediaType',
    ],
    ['nothing', () => [], 'nor anything else'],
  ])('%s', async (_, list, what) => {
    const layout = new LayoutWriter();
    const message = `the archive's index lists no image, ${what}`;
    await expect(opened(archiveOf(layout.of(...list(layout))))).rejects.toMatchObject({
      reason: 'NotAnImage',
      message,
    });
  });
});

describe('a config by another name, as old Dockers pushed it and skopeo keeps it,', () => {
  const withConfig = (config: string, layerType: string) => {
    const layout = new LayoutWriter();
    const { layers, config: bytes } = another('old');
    const packed = layers.map((layer) => layout.blob(layerType, layer));
    return layout.of(
      layout.blob(types.manifest, { schemaVersion: 2, config: layout.blob(config, bytes), layers: packed }),
    );
  };

  test.each(['application/octet-stream', 'application/json', 'text/html'])('is one: %s', async (config) => {
    expect(await loaded(withConfig(config, types.layer))).toBe('old');
  });

  test('is none beside what is no layer', async () => {
    const files = withConfig('application/octet-stream', 'application/vnd.example.model');
    await expect(opened(archiveOf(files))).rejects.toMatchObject({ reason: 'NotAnImage' });
  });
});

test.each(['an archive', 'a directory'])('a layout without its file oci-layout is said to be one: %s', async (what) => {
  const layout = new LayoutWriter();
  const files = layout.of(layout.image(image));
  files.delete('oci-layout');
  const refused = { reason: 'NotAnImage', message: expect.stringContaining('lacks its file oci-layout') };
  await expect(opened(what === 'an archive' ? archiveOf(files) : files)).rejects.toMatchObject(refused);
});
