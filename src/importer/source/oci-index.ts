import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { platformMatches, showPlatform } from '../platform.ts';
import { parseDocument } from './image-config.ts';
import { refuseBeyond } from './refusal.ts';

const Platform = z.looseObject({
  os: z.string().max(64),
  architecture: z.string().max(64),
  variant: z.string().max(64).optional(),
});

export const OciDescriptor = z.looseObject({
  mediaType: z.string().max(255).default(''),
  digest: Sha256Digest,
  size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  platform: Platform.optional(),
});
export type OciDescriptor = z.infer<typeof OciDescriptor>;

const Index = z.looseObject({ manifests: z.array(OciDescriptor).max(limits.entries) });

type ReadBlob = (descriptor: OciDescriptor) => Promise<Buffer>;

/** The one image for this system; indexes lie inside indexes where images for several platforms are kept together. */
export async function findManifest(index: Buffer, system: string, read: ReadBlob): Promise<OciDescriptor> {
  let left: number = limits.indexes;
  const readIndex: ReadBlob = (descriptor) => {
    // The same one may be named often, by itself a thousand times over.
    left -= 1;
    refuseBeyond(left > 0, `the archive has more than ${limits.indexes} indexes`);
    return read(descriptor);
  };
  const all = await manifestsIn(index, readIndex, 1);
  const fitting = all.filter(({ platform }) => platform === undefined || platformMatches(platform, system));
  const [found, ...others] = fitting;
  if (found === undefined) {
    const platforms = all.map(({ platform }) => showPlatform(platform)).join(', ');
    throw new UserError(
      'PlatformMismatch',
      `the archive has no image for ${system}, only for: ${platforms || 'nothing'}`,
    );
  }
  if (others.length > 0) {
    const problem = `the archive holds ${fitting.length} images for ${system}, enbi loads archives of one`;
    throw new UserError('InvalidArchive', problem);
  }
  return found;
}

async function manifestsIn(index: Buffer, read: ReadBlob, depth: number): Promise<OciDescriptor[]> {
  refuseBeyond(depth <= limits.indexDepth, `the archive's indexes are nested more than ${limits.indexDepth} deep`);
  const found: OciDescriptor[] = [];
  for (const descriptor of parseDocument(Index, 'the image index', index).manifests) {
    if (isIndex(descriptor)) {
      found.push(...(await manifestsIn(await read(descriptor), read, depth + 1)));
    } else if (isManifest(descriptor)) {
      found.push(descriptor);
    }
    refuseBeyond(found.length <= limits.entries, `the archive lists more than ${limits.entries} images`);
  }
  return found;
}

function isIndex({ mediaType }: OciDescriptor): boolean {
  return (
    mediaType === 'application/vnd.oci.image.index.v1+json' ||
    mediaType === 'application/vnd.docker.distribution.manifest.list.v2+json'
  );
}

/** Attestations are manifests too, for the platform unknown/unknown (BuildKit). */
function isManifest({ mediaType, platform }: OciDescriptor): boolean {
  const known =
    mediaType === 'application/vnd.oci.image.manifest.v1+json' ||
    mediaType === 'application/vnd.docker.distribution.manifest.v2+json';
  return known && platform?.architecture !== 'unknown';
}
