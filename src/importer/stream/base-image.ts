import { UserError } from '../../errors.ts';
import { openArchiveAt } from '../source/archive-file.ts';
import { otherCompressionOf } from '../source/compression.ts';
import { headOf } from '../source/file-head.ts';
import type { Place, Reading } from '../source/place.ts';
import type { Source } from '../source/source.ts';
import { openWithin } from '../source/store-file.ts';
import { inStore, type StreamScript } from './stream-script.ts';

/** The image that a stream script's builds upon, as the script reads it; undefined: none. */
export async function openBase({ root }: Place, { conf }: StreamScript, reading: Reading): Promise<Source | undefined> {
  const name = conf.from_image;
  if (name === null) return undefined;
  const place = { root, path: inStore({ root }, name), name };
  try {
    const base = await openArchiveAt(place, reading, 'base');
    if (base !== undefined) return base;
    throw await noArchive(place, reading);
  } catch (thrown) {
    throw thrown instanceof UserError ? unreadable(name, thrown) : thrown;
  }
}

async function noArchive({ root, path }: Place, reading: Reading): Promise<UserError> {
  await using file = await openWithin(root, path);
  const compression = otherCompressionOf(await headOf(file, reading));
  return new UserError(
    'NotAnImage',
    compression === undefined ? 'it is no archive' : `it is compressed with ${compression}`,
  );
}

/**
 * Why a script is to be run, of which everything is known but the image that it builds upon: Python unpacks xz and bzip2, and has
 * fewer doubts about an archive. Undefined: enbi reads it.
 */
export async function whyRun(place: Place, script: StreamScript, reading: Reading): Promise<string | undefined> {
  try {
    const base = await openBase(place, script, reading);
    await base?.[Symbol.asyncDispose]();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown.message;
    throw thrown;
  }
}

function unreadable(name: string, error: UserError): UserError {
  return new UserError(error.reason, `the base image ${name} cannot be read: ${error.message}`, { cause: error });
}
