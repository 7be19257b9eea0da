import { createHash } from 'node:crypto';
import type { Architecture } from './architecture.ts';
import { bundlePath } from './bundle.ts';
import { type Layer, sourceDateEpoch } from './layer.ts';

const mediaType = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** A blob lies in a file already, or is small and kept here. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly file?: string;
  readonly content?: Buffer;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: Architecture; readonly os: 'linux' };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Image {
  readonly descriptor: Descriptor;
  readonly blobs: readonly Blob[];
}

/** One architecture's image of the given layers, lowest first. */
export function composeImage(architecture: Architecture, layers: readonly (Layer & Blob)[]): Image {
  const config = jsonBlob(imageConfig(architecture, layers));
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: describe(mediaType.config, config),
    layers: layers.map((layer) => describe(mediaType.layer, layer)),
  });
  const descriptor = { ...describe(mediaType.manifest, manifest), platform: { architecture, os: 'linux' as const } };
  return { descriptor, blobs: [...layers, config, manifest] };
}

/** Several architectures under one digest; a single one stays what it is. */
export function composeIndex(images: readonly Image[]): Image {
  const [only] = images;
  if (images.length === 1 && only !== undefined) return only;
  const manifests = images.map((image) => image.descriptor);
  const index = jsonBlob({ schemaVersion: 2, mediaType: mediaType.index, manifests });
  return {
    descriptor: describe(mediaType.index, index),
    blobs: [...images.flatMap((image) => image.blobs), index],
  };
}

/** What an archive's index.json says; containerd takes the image's name from the first annotation, other tools from the second. */
export function archiveIndex(image: Image, name: string): object {
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  return { schemaVersion: 2, mediaType: mediaType.index, manifests: [{ ...image.descriptor, annotations }] };
}

function imageConfig(architecture: Architecture, layers: readonly Layer[]): object {
  return {
    created: new Date(sourceDateEpoch * 1000).toISOString(),
    architecture,
    os: 'linux',
    config: {
      User: '1000:1000',
      Env: environment,
      Entrypoint: ['/usr/bin/node', `/${bundlePath}`],
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  };
}

const environment = [
  'PATH=/usr/bin',
  'HOME=/home/enbi',
  'LANG=C.UTF-8', // file names in archives are UTF-8, and libarchive refuses them in the C locale
  'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
  'NODE_OPTIONS=--use-openssl-ca', // or Node would trust a list of its own, whatever SSL_CERT_FILE says
];

function jsonBlob(value: object): Blob {
  const content = Buffer.from(JSON.stringify(value));
  return { content, size: content.length, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}

function describe(type: string, { digest, size }: Blob): Descriptor {
  return { mediaType: type, digest, size };
}
