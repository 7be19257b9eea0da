import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { type Bundle, readDocument } from './bundle.ts';
import { directoryTransport } from './directory-transport.ts';
import { dockerArchive } from './docker-archive.ts';
import { notAnImage } from './not-an-image.ts';
import { ociLayout } from './oci-layout.ts';
import type { Source } from './source.ts';

export interface Wanted {
  /** What the archive or directory is called in messages. */
  readonly name: string;
  readonly system: string;
  /** `base`: as nixpkgs' stream script reads what its image builds upon. */
  readonly as: 'image' | 'base';
}

/** The image in a bundle, which is closed when there is none. */
export async function imageIn(bundle: Bundle, wanted: Wanted): Promise<Source> {
  try {
    return await readImage(bundle, wanted);
  } catch (thrown) {
    await bundle[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** `docker save` writes both descriptions of late; the OCI one knows platforms, and the stream script reads the other alone. */
async function readImage(bundle: Bundle, { name, system, as }: Wanted): Promise<Source> {
  const index = (await bundle.file('oci-layout')) === undefined ? undefined : await bundle.file('index.json');
  if (index !== undefined && as === 'image') return ociLayout(bundle, index, system);
  const manifest = await bundle.file('manifest.json');
  if (manifest !== undefined) return imageOf(await readDocument(manifest), bundle, { system, first: as === 'base' });
  if (index !== undefined) return ociLayout(bundle, index, system);
  if (await lacksLayoutFile(bundle)) throw notAnImage(name, withoutLayoutFile);
  throw (await bundle.file('repositories')) === undefined ? noImage(name) : tooOld(name);
}

/** A list of images, or the manifest of one. */
function imageOf(manifest: Buffer, bundle: Bundle, { system, first }: { system: string; first: boolean }) {
  const isOfOne = manifest.toString('latin1', 0, 100).trimStart().startsWith('{');
  return isOfOne ? directoryTransport(bundle, manifest, system) : dockerArchive(bundle, manifest, { system, first });
}

/** A directory may have a `manifest.json` that is a web page's. */
export async function holdsImage(bundle: Bundle): Promise<boolean> {
  if ((await bundle.file('oci-layout')) !== undefined) return true;
  const manifest = await bundle.file('manifest.json');
  if (manifest === undefined || manifest.sizeBytes > limits.documentBytes) return false;
  return isImageManifest(await readDocument(manifest));
}

export const withoutLayoutFile = 'an OCI layout that lacks its file oci-layout';

/** A directory may have an `index.json` that is a web page's, too. */
export async function lacksLayoutFile(bundle: Bundle): Promise<boolean> {
  if ((await bundle.file('oci-layout')) !== undefined) return false;
  const index = await bundle.file('index.json');
  return index !== undefined && index.sizeBytes <= limits.documentBytes && isIndex(await readDocument(index));
}

function isIndex(bytes: Buffer): boolean {
  const text = bytes.toString();
  return text.includes('"schemaVersion"') && text.includes('"manifests"');
}

function isImageManifest(bytes: Buffer): boolean {
  try {
    const found: unknown = JSON.parse(bytes.toString());
    const [first]: unknown[] = Array.isArray(found) ? found : [found];
    return (
      typeof first === 'object' &&
      first !== null &&
      (Array.isArray(found) ? 'Config' in first : 'schemaVersion' in first)
    );
  } catch {
    return false;
  }
}

function noImage(name: string): UserError {
  return new UserError('NotAnImage', `${name} is an archive, but of no image: no manifest.json or index.json in it`);
}

function tooOld(name: string): UserError {
  const problem = `${name} is an archive as Docker wrote it before version 1.10, in schema 1`;
  return new UserError(
    'InvalidArchive',
    `${problem}, which no container runtime reads any more: no manifest.json in it`,
  );
}
