import { describe, expect, it } from 'vitest';
import { archiveIndex, composeImage, composeIndex } from './oci.ts';

const layers = ['debian', 'enbi'].map((name) => ({
  digest: `sha256:${name}`,
  diffId: `sha256:plain-${name}`,
  size: 1,
  unpackedSize: 2,
  file: `/cache/${name}`,
}));

function content(image: ReturnType<typeof composeImage>, digest: string): Record<string, unknown> {
  return JSON.parse(String(image.blobs.find((blob) => blob.digest === digest)?.content));
}

describe('composeImage', () => {
  const image = composeImage('arm64', layers);

  it('lists the layers lowest first, in the manifest and in the configuration', () => {
    const manifest = content(image, image.descriptor.digest);
    expect(manifest['layers']).toMatchObject([{ digest: 'sha256:debian' }, { digest: 'sha256:enbi' }]);
    const config = image.blobs.map((blob) => String(blob.content)).find((text) => text.includes('diff_ids'));
    expect(JSON.parse(config ?? '')).toMatchObject({
      architecture: 'arm64',
      os: 'linux',
      rootfs: { diff_ids: ['sha256:plain-debian', 'sha256:plain-enbi'] },
    });
  });

  it('gives the same digest for the same layers', () => {
    expect(composeImage('arm64', layers).descriptor).toEqual(image.descriptor);
    expect(composeImage('amd64', layers).descriptor.digest).not.toBe(image.descriptor.digest);
  });
});

describe('composeIndex', () => {
  it('leaves a single architecture as it is', () => {
    const image = composeImage('amd64', layers);
    expect(composeIndex([image])).toBe(image);
  });

  it('names the platform of each of several', () => {
    const index = composeIndex([composeImage('amd64', layers), composeImage('arm64', layers)]);
    expect(content(index, index.descriptor.digest)['manifests']).toMatchObject([
      { platform: { architecture: 'amd64', os: 'linux' } },
      { platform: { architecture: 'arm64', os: 'linux' } },
    ]);
  });
});

describe('archiveIndex', () => {
  it('carries the full name for containerd and for other tools', () => {
    const index = archiveIndex(composeImage('amd64', layers), 'enbi.hrzn.ee/enbi:1.2.3');
    expect(index).toMatchObject({
      manifests: [
        {
          annotations: {
            'io.containerd.image.name': 'enbi.hrzn.ee/enbi:1.2.3',
            'org.opencontainers.image.ref.name': 'enbi.hrzn.ee/enbi:1.2.3',
          },
        },
      ],
    });
  });
});
