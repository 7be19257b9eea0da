import { mkdir, open, readlink, realpath, rename, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StorePath } from '../../api/result.ts';
import type { Store, StoreSize } from '../../builder/ports.ts';
import { asError, InternalError } from '../../errors.ts';
import { holdStore } from './store-lock.ts';

export interface LocalStoreDeps {
  /** `/nix`. */
  readonly root: string;
  /** Where the store's size is left for `store prepare`. */
  readonly sizeFile: string;
  /** Runs `nix store delete` with these paths. */
  readonly deletePaths: (paths: readonly string[]) => Promise<void>;
}

/** The store on this Pod's volume. */
export function createLocalStore({ root, sizeFile, deletePaths }: LocalStoreDeps): Store {
  const database = join(root, 'var/nix/db/db.sqlite');
  return {
    hold: () => holdStore(join(root, 'var/enbi.lock')),
    setRoot: (name, outPath) => setRoot(join(root, 'var/nix/gcroots/enbi'), name, outPath),
    kindOf,
    mark: async () => ask(database, 'SELECT max(id) AS answer FROM ValidPaths') ?? 0,
    forgetSourcesSince: async (mark) => {
      const paths = listSources(database, mark);
      if (paths.length > 0) await deletePaths(paths);
    },
    size: async () => {
      const size = await measure(root, database);
      await writeFile(sizeFile, `${size.storeSizeBytes}\n`);
      return size;
    },
  };
}

/** A symlink straight to the path: that is what makes it a root wherever the store is mounted (`--out-link` records the Pod's own path). */
async function setRoot(directory: string, name: string, outPath: StorePath): Promise<void> {
  if (name.startsWith('.') || name.includes('/'))
    throw new InternalError('InternalError', `not a name for a root: ${name}`);
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  if ((await readlink(path).catch(() => undefined)) === outPath) return;
  const fresh = join(directory, `.${name}.new`);
  await rm(fresh, { force: true });
  await symlink(outPath, fresh);
  await rename(fresh, path);
}

async function kindOf(outPath: StorePath): Promise<'archive' | 'script' | 'directory'> {
  const path = await realpath(outPath);
  const { mode } = await stat(path);
  if ((mode & 0o170000) === 0o040000) return 'directory';
  return (mode & 0o111) !== 0 && (await startsWithShebang(path)) ? 'script' : 'archive';
}

async function startsWithShebang(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return buffer.toString('latin1') === '#!';
}

async function measure(root: string, database: string): Promise<StoreSize> {
  const { bavail, bsize } = await statfs(root);
  return {
    storeSizeBytes: ask(database, 'SELECT sum(narSize) AS answer FROM ValidPaths') ?? 0,
    storeFreeBytes: bavail * bsize,
  };
}

/** Flakes and their inputs are called so in the store; nothing built is. */
function listSources(database: string, mark: number): string[] {
  return (
    withDatabase(database, (db) =>
      db
        .prepare("SELECT path FROM ValidPaths WHERE id > ? AND path LIKE '%-source' AND deriver IS NULL")
        .all(mark)
        .map(({ path }) => String(path)),
    ) ?? []
  );
}

function ask(database: string, query: string): number | undefined {
  const answer = withDatabase(database, (db) => db.prepare(query).get())?.['answer'];
  return typeof answer === 'number' ? answer : undefined;
}

/** Nix has no command for this that does not list every path. Undefined while there is no database: the store is new. */
function withDatabase<T>(path: string, use: (db: DatabaseSync) => T): T | undefined {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  } catch (error) {
    if (asError(error).message.includes('unable to open')) return undefined;
    throw error;
  }
  try {
    return use(db);
  } finally {
    db.close();
  }
}
