import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { jsonSource } from '../nix2container/json-source.ts';
import { readStreamScript } from '../stream/stream-script.ts';
import { streamSource } from '../stream/stream-source.ts';
import { openArchiveAt } from './archive-file.ts';
import { directoryBundle } from './directory-bundle.ts';
import { headOf } from './file-head.ts';
import { imageDirectory } from './image-directory.ts';
import { imageIn, lacksLayoutFile, withoutLayoutFile } from './image-in.ts';
import { notAnImage, notAnImageFile, startsJson } from './not-an-image.ts';
import type { Place, Reading } from './place.ts';
import type { Source } from './source.ts';
import { kindOf, openWithin, resolveWithin } from './store-file.ts';

/**
 * The image at a path, its format told by content alone. A program is never run here, where the runtime's socket is:
 * UserError `NotAnImage`.
 */
export async function openSource(place: Place, reading: Reading): Promise<Source> {
  const path = await resolveWithin(place.root, place.path);
  const kind = await kindOf(place.root, path);
  if (kind === 'other') {
    throw new UserError('NotAnImage', `${place.name} is neither a file nor a directory`);
  }
  return kind === 'file' ? openFile({ ...place, path }, reading) : openDirectory({ ...place, path }, reading);
}

async function openFile(place: Place, reading: Reading): Promise<Source> {
  return (await openArchiveAt(place, reading)) ?? (await openDescription(place, reading));
}

/** What says how an image is made of store paths. */
async function openDescription(place: Place, reading: Reading): Promise<Source> {
  await using file = await openWithin(place.root, place.path);
  const head = await headOf(file, reading);
  const script = head.toString('latin1').startsWith('#!') ? await readStreamScript(place) : undefined;
  if (script !== undefined) {
    // Awaited here: while the file is closed, nobody else would hear of a failure, and the process would end by it.
    return await streamSource(place, script, reading);
  }
  const image = startsJson(head) ? await jsonSource(place, reading) : undefined;
  if (image === undefined) {
    throw notAnImageFile(place.name, head);
  }
  return image;
}

async function openDirectory(place: Place, reading: Reading): Promise<Source> {
  const found = await imageDirectory(place, reading);
  if (found?.kind === 'file') return openFile(found, reading);
  if (found !== undefined) {
    const { root, path, name } = found;
    return imageIn(directoryBundle(root, path, reading.count), { name, system: reading.system, as: 'image' });
  }
  if (await lacksLayoutFile(directoryBundle(place.root, place.path, reading.count)))
    throw notAnImage(place.name, withoutLayoutFile);
  const isProgram = await kindOf(place.root, join(place.path, 'bin')).catch(() => 'other');
  throw notAnImage(place.name, isProgram === 'directory' ? 'a program' : 'a directory of files');
}
