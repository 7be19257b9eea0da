import { UserError } from '../../errors.ts';
import { checkOs } from '../platform.ts';
import { type Blobs, checkSize, readBlob } from './blobs.ts';
import type { Bundle } from './bundle.ts';
import { compressionOf } from './compression.ts';
import { parseDocument, parseImageConfig } from './image-config.ts';
import { isImage, type OciDescriptor, OciManifest, sha256Of, typeOfArtifact } from './oci-documents.ts';
import { pairLayers } from './pair-layers.ts';
import type { Layer, Source } from './source.ts';
import { missingLayer, refuseCompression, refuseLayerType } from './unloadable-layer.ts';

/** The image of one manifest: OCI's, or Docker's of schema 2, which says the same. */
export async function ociImage(bytes: Buffer, blobs: Blobs, bundle: Bundle): Promise<Source> {
  const manifest = parseDocument(OciManifest, 'the image manifest', bytes);
  refuseArtifact(manifest);
  const config = parseImageConfig(await readBlob(blobs, manifest.config));
  checkOs(config);
  const layers: Layer[] = [];
  for (const [diffId, descriptor] of pairLayers(config, manifest.layers)) {
    layers.push(await layerAt(descriptor, diffId, blobs));
  }
  const { sideBySide } = bundle;
  return { config, layers, sideBySide, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() };
}

function refuseArtifact(manifest: OciManifest): void {
  if (isImage(manifest)) return;
  const problem = `the archive holds no image, but something of the type ${typeOfArtifact(manifest)}`;
  throw new UserError('NotAnImage', `${problem}; name a package that builds an image`);
}

async function layerAt(descriptor: OciDescriptor, diffId: Layer['diffId'], blobs: Blobs): Promise<Layer> {
  const digest = sha256Of(descriptor);
  refuseLayerType(descriptor);
  const file = await blobs.file(descriptor);
  if (file === undefined) throw missingLayer(descriptor, blobs.nameOf(descriptor));
  checkSize(file, descriptor);
  const { sizeBytes, position, head } = file;
  refuseCompression(digest, head);
  const compression = compressionOf(head);
  if (compression === 'none' && digest !== diffId) {
    throw new UserError('DigestMismatch', `layer ${digest} is not compressed, yet the config calls it ${diffId}`);
  }
  const open = () => file.open();
  return { origin: 'read', digest, diffId, sizeBytes, compression, position, open };
}
