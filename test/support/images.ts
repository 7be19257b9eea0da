import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';

/** Container images as files, small and made on the spot, in every format enbi reads. */
export interface TestImage {
  readonly config: Buffer;
  /** Uncompressed tar archives. */
  readonly layers: readonly Buffer[];
}

export interface ImageWishes {
  readonly architecture?: string;
  readonly variant?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly layers?: readonly Buffer[];
  readonly diffIds?: readonly string[];
  readonly command?: readonly string[];
}

export function anImage(wishes: ImageWishes = {}): TestImage {
  const layers = wishes.layers ?? [aLayer({ 'etc/hostname': 'bottom\n' }), aLayer({ 'etc/motd': 'top\n' })];
  const config = {
    architecture: wishes.architecture ?? 'amd64',
    ...(wishes.variant === undefined ? {} : { variant: wishes.variant }),
    os: 'linux',
    created: '1970-01-01T00:00:01Z',
    config: { Cmd: wishes.command ?? ['/bin/true'], ...(wishes.labels && { Labels: wishes.labels }) },
    rootfs: { type: 'layers', diff_ids: wishes.diffIds ?? layers.map(sha256) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:01Z' })),
  };
  return { config: Buffer.from(JSON.stringify(config)), layers };
}

export function aLayer(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return tarOf(Object.entries(files).map(([name, content]) => ({ name: `./${name}`, content: Buffer.from(content) })));
}

/** As nixpkgs writes it: `<hex>/layer.tar`, the config, `manifest.json` last. */
export function dockerArchiveOf(
  { config, layers }: TestImage,
  repoTags: readonly string[] = ['foreign.example/name:tag'],
) {
  const names = layers.map((layer) => `${hexOf(layer)}/layer.tar`);
  const configName = `${hexOf(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: repoTags, Layers: names }];
  return tarOf([
    ...layers.flatMap((content, at) => [
      { name: `${hexOf(content)}/`, kind: '5' as const },
      { name: names[at] ?? '', content },
    ]),
    { name: configName, content: config },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

export type LayerCompression = 'none' | 'gzip' | 'zstd';

export interface LayoutWishes {
  readonly compression?: LayerCompression;
  /** Index inside the index, beside an image for another platform. */
  readonly nested?: boolean;
  readonly platform?: Readonly<Record<string, string>>;
}

/** The files of an OCI image layout, by their path in it. */
export function layoutOf(image: TestImage, wishes: LayoutWishes = {}): Map<string, Buffer> {
  const files = new Map<string, Buffer>([['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')]]);
  const blob = (mediaType: string, content: Buffer) => {
    files.set(`blobs/sha256/${hexOf(content)}`, content);
    return { mediaType, digest: sha256(content), size: content.length };
  };
  const json = (mediaType: string, content: object) => blob(mediaType, Buffer.from(JSON.stringify(content)));
  const manifestOf = ({ config, layers }: TestImage) =>
    json('application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2,
      config: blob('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map((layer) => blob(layerType, compress(layer, wishes.compression ?? 'none'))),
    });
  const named = {
    ...manifestOf(image),
    ...(wishes.platform && { platform: wishes.platform }),
    annotations: { 'org.opencontainers.image.ref.name': 'foreign.example/name:tag' },
  };
  let manifests: object[] = [named];
  if (wishes.nested === true) {
    const platform = { os: 'linux', architecture: 's390x' };
    const other = { ...manifestOf(anImage({ architecture: 's390x' })), platform };
    const own = { ...named, platform: { os: 'linux', architecture: 'amd64' } };
    const attestation = { ...manifestOf(anImage()), platform: { os: 'unknown', architecture: 'unknown' } };
    manifests = [json(indexType, { schemaVersion: 2, manifests: [other, own, attestation] })];
  }
  files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
  return files;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const indexType = 'application/vnd.oci.image.index.v1+json';

export function archiveOf(files: ReadonlyMap<string, Buffer>): Buffer {
  return tarOf([...files].map(([name, content]) => ({ name, content })));
}

export async function writeFiles(directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [name, content] of files) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

export interface TarMember {
  readonly name: string;
  readonly content?: Buffer;
  /** tar's type flag: a file, a hard or symbolic link, a device, a directory, a pipe. */
  readonly kind?: '0' | '1' | '2' | '3' | '5' | '6';
  readonly linkTarget?: string;
}

export function tarOf(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.flatMap(memberOf), Buffer.alloc(1024)]);
}

function memberOf({ name, content = Buffer.alloc(0), kind = '0', linkTarget = '' }: TarMember): Buffer[] {
  if (name.length > 100) {
    // GNU's way for long names, which Python's tarfile uses.
    const long = memberBlocks('././@LongLink', Buffer.from(`${name}\0`), 'L', '');
    return [...long, ...memberBlocks(name.slice(0, 100), content, kind, linkTarget)];
  }
  return memberBlocks(name, content, kind, linkTarget);
}

function memberBlocks(name: string, content: Buffer, kind: string, linkTarget: string): Buffer[] {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(`${kind === '5' ? '0000755' : '0000644'}\0${'0000000\0'.repeat(2)}`, 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124);
  header.write(`        ${kind}${linkTarget}`, 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}

export function compress(content: Buffer, compression: LayerCompression): Buffer {
  if (compression === 'none') {
    return content;
  }
  return compression === 'gzip' ? gzipSync(content) : zstdCompressSync(content);
}

export function sha256(content: Buffer): string {
  return `sha256:${hexOf(content)}`;
}

function hexOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
