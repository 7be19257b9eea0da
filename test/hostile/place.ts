import { execFileSync } from 'node:child_process';
import { mkdir, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostileImage } from './hostile-image.ts';
import type { Item } from './recipe.ts';

/** Puts what a hostile flake built into the store, and what lies beside it there. */
export async function place({ output, beside = new Map() }: Built, path: string): Promise<void> {
  for (const [name, item] of beside) {
    await placeItem(join(dirname(path), name), item);
  }
  if (Buffer.isBuffer(output)) {
    await writeFile(path, output);
    return;
  }
  await mkdir(path);
  for (const [name, item] of output) {
    await placeItem(join(path, name), item);
  }
}

async function isThere(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true });
    return (await realpath(directory)) === directory;
  } catch {
    return false;
  }
}

type Built = Pick<HostileImage, 'output' | 'beside'>;

/** Takes both out again. */
export async function remove({ beside = new Map() }: Built, path: string): Promise<void> {
  const names = new Set([...beside.keys()].map((name) => name.split('/', 1)[0] ?? name));
  for (const each of [path, ...[...names].map((name) => join(dirname(path), name))]) {
    await rm(each, { recursive: true, force: true });
  }
}

async function placeItem(path: string, item: Item): Promise<void> {
  const directory = dirname(path);
  // Two recipes together: a link that leads out, and something behind it.
  if (!(await isThere(directory))) return;
  if (Buffer.isBuffer(item)) {
    await writeFile(path, item);
  } else if (item === 'pipe') {
    execFileSync('mkfifo', [path]);
  } else if (item === 'directory') {
    await mkdir(path);
  } else {
    await symlink(item.link, path);
  }
}

/** A directory beside the store in which every reading leaves a trace, and every writing. Needs root. */
export class Outside implements AsyncDisposable {
  readonly #directory: string;
  readonly #before: string;

  private constructor(directory: string, before: string) {
    this.#directory = directory;
    this.#before = before;
  }

  static async beside(store: string): Promise<Outside> {
    const directory = join(dirname(store), 'outside');
    await mkdir(directory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'strictatime', 'tmpfs', directory]);
    await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
    await writeFile(join(directory, 'secret'), 'secret');
    return new Outside(directory, await traces(directory));
  }

  /** Undefined: nobody was there. */
  async trace(): Promise<string | undefined> {
    const now = await traces(this.#directory);
    return now === this.#before ? undefined : `outside of the store: ${this.#before} became ${now}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync('umount', [this.#directory]);
    await rm(this.#directory, { recursive: true });
  }
}

/** When each was read and written; the directory's own listing is read by this, so it does not count. */
async function traces(directory: string): Promise<string> {
  const names = (await readdir(directory)).toSorted();
  const found = await Promise.all(
    names.map(async (name) => {
      const { atimeMs, mtimeMs } = await stat(join(directory, name));
      return `${name} ${atimeMs} ${mtimeMs}`;
    }),
  );
  return found.join(', ');
}
