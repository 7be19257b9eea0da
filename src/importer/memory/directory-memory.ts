import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import type { Memory, MemoryKey } from './memory.ts';

export interface MemoryLimits {
  readonly entries: number;
  readonly entryBytes: number;
  readonly bytes: number;
}

const memoryLimits: MemoryLimits = { entries: 4096, entryBytes: 512 * 1024, bytes: 64 * 1024 * 1024 };

/** Longer than an import lives: what was being written then never will be. */
const abandonedMs = 24 * 3600 * 1000;

/**
 * A small file for each thing known, so that imports side by side lose nothing of each other. Written beside and renamed;
 * beyond the limits the ones that were not needed for longest go. A file that is damaged counts as none.
 */
export class DirectoryMemory implements Memory, AsyncDisposable {
  readonly #directory: string;
  readonly #limits: MemoryLimits;
  readonly #recalled = new Set<string>();
  #kept = 0;

  constructor(directory: string, limits: MemoryLimits = memoryLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  async recall<T>(key: MemoryKey, schema: z.ZodType<T>): Promise<T | undefined> {
    const path = this.#pathOf(key);
    const known = schema.safeParse(await this.#read(path));
    if (!known.success) {
      return undefined;
    }
    this.#recalled.add(path);
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return known.data;
  }

  async keep(key: MemoryKey, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    if (Buffer.byteLength(text) > this.#limits.entryBytes) {
      return;
    }
    const part = join(this.#directory, `.${randomUUID()}.part`);
    try {
      await writeFile(part, text, { flag: 'wx', mode: 0o600 });
      await rename(part, this.#pathOf(key));
      this.#kept += 1;
    } catch {
      await unlink(part).catch(() => {});
    }
  }

  async forgetRecalled(): Promise<boolean> {
    const paths = [...this.#recalled];
    this.#recalled.clear();
    await Promise.all(paths.map((path) => unlink(path).catch(() => {})));
    return paths.length > 0;
  }

  /** Where nothing was added there is nothing to drop. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#kept > 0) {
      await this.#dropOldest().catch(() => {});
    }
  }

  #pathOf({ kind, about }: MemoryKey): string {
    const hash = createHash('sha256').update(JSON.stringify(about)).digest('hex');
    return join(this.#directory, `${kind}-${hash}.json`);
  }

  async #read(path: string): Promise<unknown> {
    try {
      await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const { size } = await file.stat();
      return size > this.#limits.entryBytes ? undefined : JSON.parse(await file.readFile('utf8'));
    } catch {
      return undefined;
    }
  }

  async #dropOldest(): Promise<void> {
    const names = await readdir(this.#directory);
    const found = await Promise.all(names.map((name) => describe(join(this.#directory, name))));
    const newestFirst = found.filter((file) => file !== undefined).toSorted((a, b) => b.usedMs - a.usedMs);
    let [entries, bytes] = [0, 0];
    for (const { path, usedMs, sizeBytes } of newestFirst) {
      const isAbandoned = path.endsWith('.part') && Date.now() - usedMs > abandonedMs;
      entries += 1;
      bytes += sizeBytes;
      if (isAbandoned || entries > this.#limits.entries || bytes > this.#limits.bytes) {
        await unlink(path);
      }
    }
  }
}

async function describe(path: string) {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? { path, usedMs: found.mtimeMs, sizeBytes: found.size } : undefined;
}
