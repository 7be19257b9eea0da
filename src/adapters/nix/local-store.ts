import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  stat,
  statfs,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ceilings } from '../../api/ceilings.ts';
import { StorePath } from '../../api/result.ts';
import type { Store, StoreSize } from '../../builder/ports.ts';
import { InternalError } from '../../errors.ts';
import { parseDerivation } from './derivation.ts';
import { lockStore } from './store-lock.ts';

export interface LocalStoreDeps {
  /** `/nix`. */
  readonly root: string;
  /** Where the store's size is left for `store prepare`. */
  readonly sizeFile: string;
  /** Runs `nix` with these arguments. */
  readonly run: (args: readonly string[]) => Promise<unknown>;
}

/** The store on this Pod's volume. */
export function createLocalStore({ root, sizeFile, run }: LocalStoreDeps): Store {
  const database = join(root, 'var/nix/db/db.sqlite');
  return {
    hold: () => hold(root, run),
    setRoot: (name, outPath) => setRoot(join(root, 'var'), name, outPath),
    kindOf,
    looksLikeImage,
    derivation: async (drvPath) => parseDerivation(await textOf(drvPath, ceilings.derivationBytes.value)),
    smallText: (path) => textOf(path, smallBytes),
    isValid: async (path) => ask(database, 'SELECT count(*) AS answer FROM ValidPaths WHERE path = ?', path) > 0,
    isFixedOutput,
    size: async () => {
      const size = await measure(root, database);
      await writeFile(sizeFile, `${size.storeSizeBytes}\n`);
      return size;
    },
  };
}

/**
 * The first one to come makes Nix' database, alone: of several that find none, Nix (2.34) lets all make it at once, and some fail
 * with "no such table" or "database is busy". Nix writes the file `schema` when the database is complete.
 */
async function hold(root: string, run: LocalStoreDeps['run']): Promise<AsyncDisposable> {
  const lockFile = join(root, 'var/enbi.lock');
  const isMade = async () => (await readFile(join(root, 'var/nix/db/schema'), 'utf8').catch(() => '')) !== '';
  if (!(await isMade())) {
    await using alone = new AsyncDisposableStack();
    alone.use(await lockStore(lockFile, 'exclusive'));
    if (!(await isMade())) await run(['store', 'info']);
  }
  return await lockStore(lockFile, 'shared');
}

/**
 * A symlink straight to the path: that is what makes it a root wherever the store is mounted (`--out-link` records the Pod's own
 * path). An attempt that nobody saw end may set the same one at this moment, and what either leaves when it is killed is no root.
 */
async function setRoot(directory: string, name: string, outPath: StorePath): Promise<void> {
  if (name.startsWith('.') || name.includes('/'))
    throw new InternalError('InternalError', `not a name for a root: ${name}`);
  const roots = join(directory, 'nix/gcroots/enbi');
  await mkdir(roots, { recursive: true });
  const path = join(roots, name);
  if ((await readlink(path).catch(() => undefined)) === outPath) return;
  const fresh = join(directory, `.enbi-root-${randomUUID()}`);
  await symlink(outPath, fresh);
  await rename(fresh, path);
}

/** A result that is a link may lead nowhere, and a tenant may put a pipe in its place: what becomes of it the import tells. */
async function kindOf(outPath: StorePath): Promise<'archive' | 'script' | 'directory'> {
  const found = await describe(outPath);
  if (found?.isDirectory() === true) return 'directory';
  const runs = found?.isFile() === true && (found.mode & 0o111) !== 0;
  return runs && (await startsWithShebang(outPath)) ? 'script' : 'archive';
}

function describe(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

async function startsWithShebang(path: string): Promise<boolean> {
  return (await headOf(path, 2)).toString('latin1') === '#!';
}

/** gzip (RFC 1952), Zstandard (RFC 8878) and its frames to be skipped, which it may begin with, an object. */
const skippable = Array.from({ length: 16 }, (_, kind) => `${String.fromCharCode(0x50 + kind)}\x2a\x4d\x18`);
const compressedOrJson = ['\x1f\x8b', '\x28\xb5\x2f\xfd', ...skippable, '{'];

/** A layout, something compressed, a tar archive, JSON, or a script that is handed the description of a stream. */
async function looksLikeImage(outPath: string): Promise<boolean> {
  const path = await realpath(outPath).catch(() => outPath);
  if ((await describe(path))?.isDirectory() !== true) return isImageFile(path);
  const names = await readdir(path);
  if (isImageDirectory(names)) return true;
  const [only = '', second] = names.filter((name) => name !== 'nix-support');
  if (only === '' || second !== undefined) return false;
  const inside = await readdir(join(path, only)).catch(() => []);
  return isImageDirectory(inside) || isImageFile(join(path, only));
}

/** An OCI layout, or skopeo's. */
function isImageDirectory(names: readonly string[]): boolean {
  return names.includes('oci-layout') || (names.includes('manifest.json') && names.includes('version'));
}

async function isImageFile(path: string): Promise<boolean> {
  if ((await describe(path))?.isFile() !== true) return false;
  const head = await headOf(path, 4096);
  const text = head.toString('latin1');
  if (text.startsWith('#!')) return /-conf\.json\b/.test(text) || /-stream-[^/]*$/.test(path);
  return compressedOrJson.some((start) => text.startsWith(start)) || text.startsWith('ustar', 257);
}

/** Its only output has a hash; a tenant may have put anything there, and a message of Nix may name anything. */
async function isFixedOutput(drvPath: string): Promise<boolean> {
  if (!StorePath.safeParse(drvPath).success) return false;
  const head = await headOf(drvPath, 4096).catch(() => Buffer.alloc(0));
  return isFixed(head.toString('latin1'));
}

/** Nix writes the outputs first: name, path, kind of hash, hash. */
export function isFixed(derivation: string): boolean {
  return /^Derive\(\[\("out","[^"]*","[^"]+","[0-9a-f]+"\)\]/.test(derivation);
}

const smallBytes = 4096;

/** Empty when there is more of it, or nothing can be read. */
async function textOf(path: StorePath, most: number): Promise<string> {
  const bytes = await headOf(path, most + 1).catch(() => Buffer.alloc(0));
  return bytes.length > most ? '' : bytes.toString('utf8');
}

async function headOf(path: string, bytes: number): Promise<Buffer> {
  // Not blocking: what was a file may be a pipe by now.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function measure(root: string, database: string): Promise<StoreSize> {
  const { bavail, bsize } = await statfs(root);
  return {
    storeSizeBytes: ask(database, 'SELECT sum(narSize) AS answer FROM ValidPaths'),
    storeFreeBytes: bavail * bsize,
  };
}

/** A number, 0 for an empty store. Nix has no command for these that does not list every path. */
function ask(database: string, query: string, ...parameters: readonly string[]): number {
  using db = new DatabaseSync(database, { readOnly: true, timeout: 10_000 });
  return Number(db.prepare(query).get(...parameters)?.['answer'] ?? 0);
}
