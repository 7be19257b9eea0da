import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const unusedDaysKept = 14;

export function cacheDirectory(): string {
  const directory = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'enbi', 'image');
  mkdirSync(directory, { recursive: true });
  return directory;
}

/**
 * The directory of the cache named `<kind>-<key>`, made by `make` when it is not there. It appears only when complete, so a
 * kill leaves nothing half done; of two processes that make the same one, the second throws its own away.
 */
export async function ensureCached(
  kind: string,
  key: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const finished = join(cacheDirectory(), `${kind}-${key}`);
  if (!existsSync(finished)) await makeOnce(finished, make);
  touchDaily(finished);
  dropUnused(kind);
  return finished;
}

/** Not every time: another process may be packing the directory, and tar refuses one that changes meanwhile. */
function touchDaily(path: string): void {
  const now = new Date();
  if (now.getTime() - statSync(path).mtimeMs > 24 * 3600 * 1000) utimesSync(path, now, now);
}

async function makeOnce(finished: string, make: (directory: string) => Promise<void>): Promise<void> {
  const unfinished = `${finished}.${randomUUID()}`;
  mkdirSync(unfinished);
  chmodSync(unfinished, 0o755); // under every umask: the mode of a rootfs' own directory is part of its layer
  try {
    await make(unfinished);
    if (!existsSync(finished)) renameSync(unfinished, finished);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function dropUnused(kind: string): void {
  const oldest = Date.now() - unusedDaysKept * 24 * 3600 * 1000;
  for (const name of readdirSync(cacheDirectory())) {
    const path = join(cacheDirectory(), name);
    if (!name.startsWith(`${kind}-`)) continue;
    if (statSync(path).mtimeMs < oldest) rmSync(path, { recursive: true, force: true });
  }
}

/** A name for what is made from `parts`; other parts, another name. */
export function cacheKey(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The text of enbi's own files that shape a result, so that a changed recipe is a changed key. */
export function recipe(files: readonly string[]): string {
  return files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\0');
}
