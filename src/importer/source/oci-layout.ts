import { blobsIn, readBlob } from './blobs.ts';
import { type Bundle, type BundleFile, readDocument } from './bundle.ts';
import { ociImage } from './oci-image.ts';
import { findManifest } from './oci-index.ts';
import type { Source } from './source.ts';

/** An OCI image layout (image-spec, image-layout.md), in an archive or a directory, for one platform. */
export async function ociLayout(bundle: Bundle, index: BundleFile, system: string): Promise<Source> {
  const blobs = blobsIn(bundle, (hex) => [`blobs/sha256/${hex}`]);
  const found = await findManifest(await readDocument(index), system, blobs);
  return ociImage(await readBlob(blobs, found), blobs, bundle);
}
