import { createHash } from 'node:crypto';
import { group } from '../../api/labels.ts';
import { Sha256Digest } from '../../api/result.ts';
import type { ImageName } from '../../image-name/image-name.ts';
import type { Descriptor } from '../ports.ts';
import type { Compression } from '../source/compression.ts';
import type { ImageConfig } from '../source/image-config.ts';
import type { Layer, Source } from '../source/source.ts';

/** The image as enbi hands it to the runtime: the source's layers under a config and a manifest of enbi's making. */
export interface MadeImage {
  readonly manifest: Document;
  readonly config: Document;
  readonly layers: readonly Layer[];
  /** Each blob counted once. */
  readonly sizeBytes: number;
}

export interface Document extends Descriptor {
  readonly digest: Sha256Digest;
  readonly bytes: Buffer;
}

/** Same source and name, same bytes: an import that is run again finds everything there. */
export function makeImage(source: Pick<Source, 'config' | 'layers'>, name: ImageName): MadeImage {
  const config = documentOf('application/vnd.oci.image.config.v1+json', stamped(source.config, name));
  const manifest = documentOf(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptorOf(config),
    layers: source.layers.map((layer) => descriptorOf(layerDescriptor(layer))),
  });
  const sizes = new Map([config, manifest, ...source.layers].map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  const sizeBytes = [...sizes.values()].reduce((total, size) => total + size, 0);
  return { manifest, config, layers: source.layers, sizeBytes };
}

/**
 * The repository becomes part of the image ID: the kubelet keeps its records of pulled images (KEP-2535) by ID, and would
 * refuse this image where the same ID was pulled before under another repository (kubernetes#138175).
 */
function stamped(config: ImageConfig, { host, repository }: ImageName) {
  const Labels = { ...config.config?.Labels, [`${group}/repository`]: `${host}/${repository}` };
  return { ...config, config: { ...config.config, Labels } };
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

const layerTypes: Readonly<Record<Compression, string>> = {
  none: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
};

export function layerDescriptor({ compression, digest, sizeBytes }: Layer): Descriptor {
  return { mediaType: layerTypes[compression], digest, sizeBytes };
}

function documentOf(mediaType: string, content: unknown): Document {
  const bytes = Buffer.from(JSON.stringify(content));
  const digest = Sha256Digest.parse(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return { mediaType, digest, sizeBytes: bytes.length, bytes };
}

function descriptorOf({ mediaType, digest, sizeBytes }: Descriptor) {
  return { mediaType, digest, size: sizeBytes };
}
