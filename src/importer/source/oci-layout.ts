import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { type Bundle, type BundleFile, readDocument, requireFile } from './bundle.ts';
import { compressionOf } from './compression.ts';
import { parseDocument, parseImageConfig } from './image-config.ts';
import { findManifest, OciDescriptor } from './oci-index.ts';
import { pairLayers } from './pair-layers.ts';
import type { Layer, Source } from './source.ts';

const Manifest = z.looseObject({ config: OciDescriptor, layers: z.array(OciDescriptor) });

/** An OCI image layout (image-spec, image-layout.md), in an archive or a directory, for one platform. */
export async function ociLayout(bundle: Bundle, index: BundleFile, system: string): Promise<Source> {
  const read = (descriptor: OciDescriptor) => readBlob(bundle, descriptor);
  const found = await findManifest(await readDocument(index), system, read);
  const manifest = parseDocument(Manifest, 'the image manifest', await read(found));
  const config = parseImageConfig(await read(manifest.config));
  const layers: Layer[] = [];
  for (const [diffId, descriptor] of pairLayers(config, manifest.layers)) {
    layers.push(layerOf(await blobFile(bundle, descriptor), descriptor, diffId));
  }
  const { sideBySide } = bundle;
  return { config, layers, sideBySide, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() };
}

function layerOf(file: BundleFile, { digest }: OciDescriptor, diffId: Sha256Digest): Layer {
  const { sizeBytes, position, head } = file;
  const compression = compressionOf(head);
  if (compression === 'none' && digest !== diffId) {
    throw new UserError('DigestMismatch', `layer ${digest} is not compressed, yet the config calls it ${diffId}`);
  }
  const open = () => file.open();
  return { origin: 'read', digest, diffId, sizeBytes, compression, position, open };
}

async function readBlob(bundle: Bundle, descriptor: OciDescriptor): Promise<Buffer> {
  const bytes = await readDocument(await blobFile(bundle, descriptor));
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (actual !== descriptor.digest) {
    throw new UserError('DigestMismatch', `the archive's blob ${descriptor.digest} has the digest ${actual}`);
  }
  return bytes;
}

async function blobFile(bundle: Bundle, { digest, size }: OciDescriptor): Promise<BundleFile> {
  const file = await requireFile(bundle, `blobs/${digest.replace(':', '/')}`);
  if (file.sizeBytes !== size) {
    throw new UserError(
      'DigestMismatch',
      `the archive's blob ${digest} has ${file.sizeBytes} bytes instead of ${size}`,
    );
  }
  return file;
}
