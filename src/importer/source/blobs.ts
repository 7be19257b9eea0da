import { createHash } from 'node:crypto';
import { UserError } from '../../errors.ts';
import { type Bundle, type BundleFile, missingFile, readDocument } from './bundle.ts';
import { hasSha256, type OciDescriptor, sha256Of } from './oci-documents.ts';

/** Content by its descriptor, wherever a format keeps it. */
export interface Blobs {
  /** Undefined: it is not there. */
  file(descriptor: OciDescriptor): Promise<BundleFile | undefined>;
  /** What it would be called. */
  nameOf(descriptor: OciDescriptor): string;
}

/** `namesOf`: what a blob may be called by its digest, the last one in messages. */
export function blobsIn(bundle: Bundle, namesOf: (hex: string) => readonly string[]): Blobs {
  const names = (descriptor: OciDescriptor) => namesOf(sha256Of(descriptor).slice('sha256:'.length));
  return {
    nameOf: (descriptor) => names(descriptor).at(-1) ?? '',
    file: async (descriptor) => {
      for (const name of hasSha256(descriptor) ? names(descriptor) : []) {
        const file = await bundle.file(name);
        if (file !== undefined) return file;
      }
      return undefined;
    },
  };
}

export async function readBlob(blobs: Blobs, descriptor: OciDescriptor): Promise<Buffer> {
  const file = await blobs.file(descriptor);
  if (file === undefined) throw missingFile(blobs.nameOf(descriptor));
  checkSize(file, descriptor);
  const bytes = await readDocument(file);
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (actual !== descriptor.digest) {
    throw new UserError('DigestMismatch', `the archive's blob ${descriptor.digest} has the digest ${actual}`);
  }
  return bytes;
}

export function checkSize({ sizeBytes }: BundleFile, { digest, size }: OciDescriptor): void {
  if (sizeBytes === size) return;
  throw new UserError('DigestMismatch', `the archive's blob ${digest} has ${sizeBytes} bytes instead of ${size}`);
}
