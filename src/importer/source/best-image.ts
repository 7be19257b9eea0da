import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { type Platform, rankOf } from '../platform.ts';
import { type Blobs, readBlob } from './blobs.ts';
import { ConfigPlatform, parseDocument } from './image-config.ts';
import { isImage, type OciDescriptor, OciManifest } from './oci-documents.ts';
import { refuseBeyond } from './refusal.ts';

interface Candidate {
  readonly descriptor: OciDescriptor;
  readonly rank: number;
  readonly config: string;
}

/**
 * Of several manifests that may be for this system the one that is an image, and suits it best. Two with one config are one
 * image, compressed in two ways (`podman manifest push --add-compression`): the first is taken, as the runtime does. Undefined:
 * none is an image.
 */
export async function bestImage(
  descriptors: readonly OciDescriptor[],
  system: string,
  blobs: Blobs,
): Promise<OciDescriptor | undefined> {
  refuseBeyond(
    descriptors.length <= limits.candidates,
    `the archive has ${descriptors.length} manifests that may be for ${system}, at most ${limits.candidates} are looked at`,
  );
  const found = await candidatesOf(descriptors, system, blobs);
  const best = Math.min(...found.map(({ rank }) => rank));
  const equal = found.filter(({ rank }) => rank === best);
  const images = new Set(equal.map(({ config }) => config)).size;
  if (images > 1) {
    const problem = `the archive holds ${images} images for ${system}, enbi loads archives of one`;
    throw new UserError('InvalidArchive', problem);
  }
  return equal[0]?.descriptor;
}

/** As they are named, and read as they lie. An export of one platform leaves out those of others. */
async function candidatesOf(descriptors: readonly OciDescriptor[], system: string, blobs: Blobs): Promise<Candidate[]> {
  const files = await Promise.all(descriptors.map((descriptor) => blobs.file(descriptor)));
  const there = descriptors.flatMap((descriptor, at) => {
    const position = files[at]?.position;
    return position === undefined ? [] : [{ descriptor, position, at }];
  });
  const found: (Candidate | undefined)[] = [];
  for (const { descriptor, at } of there.toSorted((one, other) => one.position - other.position)) {
    found[at] = await candidateAt(descriptor, system, blobs);
  }
  return found.filter((candidate) => candidate !== undefined);
}

/** Undefined: no image, or none for this system. */
async function candidateAt(descriptor: OciDescriptor, system: string, blobs: Blobs): Promise<Candidate | undefined> {
  const manifest = parseDocument(OciManifest, 'the image manifest', await readBlob(blobs, descriptor));
  if (!isImage(manifest)) return undefined;
  const platform = descriptor.platform ?? (await platformIn(manifest, blobs));
  const rank = platform === undefined ? undefined : rankOf(platform, system);
  return rank === undefined ? undefined : { descriptor, rank, config: manifest.config.digest };
}

async function platformIn({ config }: OciManifest, blobs: Blobs): Promise<Platform | undefined> {
  const isThere = (await blobs.file(config)) !== undefined;
  return isThere ? parseDocument(ConfigPlatform, 'the image config', await readBlob(blobs, config)) : undefined;
}
