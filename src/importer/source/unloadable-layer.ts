import { UserError } from '../../errors.ts';
import { missingFile } from './bundle.ts';
import { otherCompressionOf } from './compression.ts';
import { refuseUnless } from './refusal.ts';

/** What an image's layers are called (OCI image-spec, layer.md; Docker's image manifest version 2, schema 2), before any `+`. */
const layerTypes = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
];

export interface TypedLayer {
  readonly digest: string;
  readonly mediaType: string;
}

/** Empty: nobody says. How a layer is compressed is told by its content alone. */
export function isLayerType(mediaType: string): boolean {
  return mediaType === '' || layerTypes.some((type) => mediaType.startsWith(type));
}

/** By what is said of it; before its content is looked for, which may be missing or no use. */
export function refuseLayerType({ digest, mediaType }: TypedLayer): void {
  const isEncrypted = mediaType.split('+').includes('encrypted');
  refuseUnless(
    !isEncrypted,
    `layer ${digest} is encrypted; the node has no key to it, so the image must be decrypted first`,
  );
  refuseUnless(
    isLayerType(mediaType),
    `layer ${digest} has the type ${mediaType.slice(0, 100)}, which is none that the container runtime unpacks`,
  );
}

/** By how its content begins. */
export function refuseCompression(digest: string, head: Buffer): void {
  const other = otherCompressionOf(head);
  refuseUnless(
    other === undefined,
    `layer ${digest} is compressed with ${other}, which the container runtime does not unpack; use gzip or zstd`,
  );
}

/** Of a layer that is not in the archive. Those of Windows are often left to whoever has the right to hand them out. */
export function missingLayer({ digest, mediaType }: TypedLayer, name: string): UserError {
  const isForeign = mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');
  if (!isForeign) return missingFile(name);
  const problem = `layer ${digest} is a foreign layer, which the archive does not hold`;
  return new UserError(
    'InvalidArchive',
    `${problem}; enbi fetches no layers, write the archive with all of them in it`,
  );
}
