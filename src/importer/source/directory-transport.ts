import * as z from 'zod';
import { blobsIn, readBlob } from './blobs.ts';
import type { Bundle } from './bundle.ts';
import { goCount, goText } from './go-json.ts';
import { parseDocument } from './image-config.ts';
import { isIndex, isSchema1, refuseSchema1 } from './oci-documents.ts';
import { ociImage } from './oci-image.ts';
import { findManifest } from './oci-index.ts';
import { refuseUnless } from './refusal.ts';
import type { Source } from './source.ts';

const Kind = z.looseObject({ schemaVersion: goCount(), mediaType: goText(255), manifests: z.unknown().optional() });

/**
 * What skopeo and buildah write to `dir:`, and podman as `docker-dir`: `manifest.json` is the image's own, or a list of those
 * that lie beside it, and blobs are called after their digests (containers/image, directory_transport.go).
 */
export async function directoryTransport(bundle: Bundle, manifest: Buffer, system: string): Promise<Source> {
  const { schemaVersion, mediaType, manifests } = parseDocument(Kind, 'manifest.json', manifest);
  if (schemaVersion === 1 || isSchema1({ mediaType })) refuseSchema1();
  refuseUnless(schemaVersion === 2, 'manifest.json is malformed: neither a list of images nor the manifest of one');
  const blobs = blobsIn(bundle, (hex) => [`${hex}.manifest.json`, hex]);
  const isList = manifests !== undefined || isIndex({ mediaType });
  if (!isList) return ociImage(manifest, blobs, bundle);
  const found = await findManifest(manifest, system, blobs);
  return ociImage(await readBlob(blobs, found), blobs, bundle);
}
