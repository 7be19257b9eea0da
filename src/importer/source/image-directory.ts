import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { isArchiveAt } from './archive-file.ts';
import { directoryBundle } from './directory-bundle.ts';
import { holdsImage } from './image-in.ts';
import { notAnImage } from './not-an-image.ts';
import type { Place, Reading } from './place.ts';
import { kindOf, namesIn, resolveWithin } from './store-file.ts';

export interface Found extends Place {
  readonly kind: 'file' | 'directory';
}

/**
 * What in a directory is the image: the directory itself, the one thing in it, or of several the one that is an archive or the
 * directory of an image. Undefined: nothing.
 */
export async function imageDirectory(place: Place, reading: Reading): Promise<Found | undefined> {
  if (await isImageDirectory(place, reading)) return { ...place, kind: 'directory' };
  const names = await namesIn(place.root, place.path, limits.directoryNames);
  // Nix' own notes, which stdenv leaves beside the result.
  const others = names?.filter((name) => name !== 'nix-support') ?? [];
  const [only, second] = others;
  if (only !== undefined && second === undefined) return await inside(only, place, reading);
  const images: Found[] = [];
  for (const name of others) images.push(...(await imagesAt(name, place, reading)));
  if (images.length > 1) throw notAnImage(place.name, `a directory of ${images.length} image archives`);
  return images[0];
}

async function isImageDirectory({ root, path }: Place, { count }: Reading): Promise<boolean> {
  return holdsImage(directoryBundle(root, path, count));
}

/** A file of whatever kind, which may be a script; a directory that is an image. */
async function inside(name: string, place: Place, reading: Reading): Promise<Found | undefined> {
  const path = await resolveWithin(place.root, join(place.path, name));
  const kind = await kindOf(place.root, path);
  if (kind === 'other') return undefined;
  const found = { ...place, path, kind };
  return kind === 'file' || (await isImageDirectory(found, reading)) ? found : undefined;
}

async function imagesAt(name: string, place: Place, reading: Reading): Promise<Found[]> {
  try {
    const found = await inside(name, place, reading);
    return found !== undefined && (found.kind === 'directory' || (await isArchiveAt(found, reading))) ? [found] : [];
  } catch (thrown) {
    // Damaged, or a link to nowhere: something else beside the image, perhaps.
    if (thrown instanceof UserError) return [];
    throw thrown;
  }
}
