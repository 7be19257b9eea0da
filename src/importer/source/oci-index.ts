import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { rankOf, showPlatform } from '../platform.ts';
import { bestImage } from './best-image.ts';
import { type Blobs, readBlob } from './blobs.ts';
import { parseDocument } from './image-config.ts';
import {
  isIndex,
  isManifest,
  isSaidToBeBeside,
  isSchema1,
  type OciDescriptor,
  OciIndex,
  refuseSchema1,
} from './oci-documents.ts';
import { refuseBeyond } from './refusal.ts';

/**
 * The one image for this system; indexes lie inside indexes where images for several platforms are kept together. One that has
 * several names is one.
 */
export async function findManifest(index: Buffer, system: string, blobs: Blobs): Promise<OciDescriptor> {
  let left: number = limits.indexes;
  const readIndex = (descriptor: OciDescriptor) => {
    // The same one may be named often, by itself a thousand times over.
    left -= 1;
    refuseBeyond(left > 0, `the archive has more than ${limits.indexes} indexes`);
    return readBlob(blobs, descriptor);
  };
  const named = await descriptorsIn(index, readIndex, 1);
  const all = named.filter(isManifest);
  if (all.length === 0 && named.some(isSchema1)) refuseSchema1();
  const fitting = distinct(
    all.filter((each) => rank(each, system) !== undefined),
    system,
  );
  const images = fitting.filter((descriptor) => !isSaidToBeBeside(descriptor));
  // Of several none may be an image after all: whoever reads the first one says what it is.
  const found = (images.length > 1 ? await bestImage(images, system, blobs) : undefined) ?? images[0] ?? fitting[0];
  if (all.length === 0) throw noImageIn(named);
  if (found === undefined) {
    const platforms = all.slice(0, 100).map(({ platform }) => showPlatform(platform));
    const names = [...new Set(platforms)].join(', ').slice(0, 400);
    throw new UserError('PlatformMismatch', `the archive has no image for ${system}, only for: ${names}`);
  }
  return found;
}

/** Of a cache that BuildKit exported, for one, or with a manifest in the index' place. */
function noImageIn(named: readonly OciDescriptor[]): UserError {
  const types = named.slice(0, 100).map(({ mediaType, platform }) => {
    const type = mediaType || 'something without a mediaType';
    return platform === undefined ? type : `${type} for ${showPlatform(platform)}`;
  });
  const list = [...new Set(types)].join(', ').slice(0, 400);
  return new UserError(
    'NotAnImage',
    `the archive's index lists no image, ${list === '' ? 'nor anything else' : `only: ${list}`}`,
  );
}

const unnamed = Number.MAX_SAFE_INTEGER;

/** Of one that says no platform its config does. */
function rank({ platform }: OciDescriptor, system: string): number | undefined {
  return platform === undefined ? unnamed : rankOf(platform, system);
}

/** By digest; of one that is named for several platforms, for the one that suits best. */
function distinct(descriptors: readonly OciDescriptor[], system: string): OciDescriptor[] {
  const found = new Map<string, OciDescriptor>();
  for (const descriptor of descriptors) {
    const before = found.get(descriptor.digest);
    const isBetter = before === undefined || (rank(descriptor, system) ?? unnamed) < (rank(before, system) ?? unnamed);
    if (isBetter) found.set(descriptor.digest, descriptor);
  }
  return [...found.values()];
}

type ReadIndex = (descriptor: OciDescriptor) => Promise<Buffer>;

async function descriptorsIn(index: Buffer, read: ReadIndex, depth: number): Promise<OciDescriptor[]> {
  refuseBeyond(depth <= limits.indexDepth, `the archive's indexes are nested more than ${limits.indexDepth} deep`);
  const found: OciDescriptor[] = [];
  for (const descriptor of parseDocument(OciIndex, 'the image index', index).manifests) {
    if (isIndex(descriptor)) {
      found.push(...(await descriptorsIn(await read(descriptor), read, depth + 1)));
    } else {
      found.push(descriptor);
    }
    refuseBeyond(found.length <= limits.entries, `the archive lists more than ${limits.entries} images`);
  }
  return found;
}
