import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { refuseBeyond, refuseUnless } from './refusal.ts';
import type { SpareChunks } from './spare-memory.ts';

/** Files by name: an archive's members, or a directory. */
export interface Bundle extends AsyncDisposable {
  /** Whether files can be read at the same time. Otherwise: one after the other. */
  readonly sideBySide: boolean;
  /** Undefined: there is none of that name. */
  file(name: string): Promise<BundleFile | undefined>;
}

export interface BundleFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Files are read cheapest in the order of their positions: a compressed archive has to be read from the start otherwise. */
  readonly position: number;
  /** The first `headBytes`, fewer if there are no more. */
  readonly head: Buffer;
  /** The archive has several members of this name, equal as far as name, kind and size go. */
  readonly repeated?: boolean;
  open(): SpareChunks;
}

export async function requireFile(bundle: Bundle, name: string): Promise<BundleFile> {
  const file = await bundle.file(name);
  if (file === undefined) throw missingFile(name);
  return file;
}

export function missingFile(name: string): UserError {
  return new UserError('InvalidArchive', `the archive names a file ${name.slice(0, 200)} that is not in it`);
}

/** A whole small file: a manifest, a config, an index. */
export async function readDocument(file: BundleFile): Promise<Buffer> {
  const { name, sizeBytes, repeated = false } = file;
  refuseBeyond(
    sizeBytes <= limits.documentBytes,
    `${name} has ${sizeBytes} bytes, at most ${limits.documentBytes} are read`,
  );
  // A layer is held against its digest, so either of two will do; what says which layers there are must not be in doubt.
  refuseUnless(!repeated, `the archive has ${name.slice(0, 200)} twice`);
  return Buffer.concat(await Array.fromAsync(file.open()));
}
