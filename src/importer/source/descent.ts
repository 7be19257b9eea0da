import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { asError, UserError } from '../../errors.ts';
import { refuseUnless } from './refusal.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What the root is in links, wherever it lies. */
const calledByNix = '/nix/store';

/** As the kernel counts them (path_resolution.7). */
const mostLinks = 40;

/** Where a path leads: something of a name in a directory that is open, which is no link. */
export interface Located extends AsyncDisposable {
  /** Reaches it by the open directory, wherever that is by now. */
  readonly at: string;
  /** The same below the root. */
  readonly path: string;
}

/**
 * Resolves a path below `root` inside of it alone: each directory is opened from its parent's descriptor, a link is read and never
 * followed by the kernel. The tenant whose store this is may change it at any moment; so nothing outside is so much as looked at,
 * which would tell what is there by how it fails.
 */
export async function locate(root: string, path: string): Promise<Located> {
  const descent = new Descent(root, path);
  try {
    return await descent.toEnd();
  } catch (thrown) {
    await descent.close();
    throw thrown instanceof UserError ? thrown : cannotBeRead(path, thrown);
  }
}

export function cannotBeRead(path: string, thrown: unknown): UserError {
  // The kernel's message names the way, which is enbi's own.
  const [why = ''] = asError(thrown).message.split(',');
  return new UserError('InvalidArchive', `${path} cannot be read: ${why}`, { cause: thrown });
}

/** Of what `locate` and what reads there throws: nothing is there, rather than something that may not be read. */
export function isMissing(thrown: unknown): boolean {
  const cause = thrown instanceof UserError ? thrown.cause : undefined;
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

class Descent {
  readonly #root: string;
  readonly #asked: string;
  /** The root, and the directories entered below it. */
  readonly #open: FileHandle[] = [];
  #names: string[] = [];
  #left: string[] = [];
  #links = 0;

  constructor(root: string, path: string) {
    this.#root = root;
    this.#asked = path;
  }

  async toEnd(): Promise<Located> {
    // The root itself is the tenant's too, in a directory that is mounted: a link in its place is not followed either.
    this.#open.push(await open(this.#root, directoryOnly));
    this.#begin(this.#asked);
    for (let name = this.#left.shift(); name !== undefined; name = this.#left.shift()) {
      if (name === '..') await this.#up();
      else if (name !== '' && name !== '.' && (await this.#enter(name))) return this.#located(name);
    }
    throw this.#leadsOut();
  }

  async close(): Promise<void> {
    for (const directory of this.#open.splice(0)) await directory.close();
  }

  /** True at the last one. */
  async #enter(name: string): Promise<boolean> {
    const at = this.#below(name);
    const target = await readlink(at).catch(notALink);
    if (target !== undefined) return await this.#follow(target);
    if (this.#left.every((rest) => rest === '' || rest === '.')) return true;
    this.#open.push(await open(at, directoryOnly));
    this.#names.push(name);
    return false;
  }

  async #follow(target: string): Promise<false> {
    this.#links += 1;
    refuseUnless(this.#links <= mostLinks, `${this.#asked} leads over more than ${mostLinks} links`);
    if (target.startsWith('/')) {
      await this.#toRoot();
      this.#begin(target);
    } else this.#left.unshift(...target.split('/'));
    return false;
  }

  #begin(path: string): void {
    const root = [this.#root, calledByNix].find((each) => path.startsWith(`${each}/`));
    if (root === undefined) throw this.#leadsOut();
    this.#left.unshift(...path.slice(root.length + 1).split('/'));
  }

  async #toRoot(): Promise<void> {
    for (const directory of this.#open.splice(1)) await directory.close();
    this.#names = [];
  }

  async #up(): Promise<void> {
    if (this.#names.pop() === undefined) throw this.#leadsOut();
    await this.#open.pop()?.close();
  }

  #below(name: string): string {
    return `/proc/self/fd/${this.#open.at(-1)?.fd ?? -1}/${name}`;
  }

  #located(name: string): Located {
    return {
      at: this.#below(name),
      path: join(this.#root, ...this.#names, name),
      [Symbol.asyncDispose]: () => this.close(),
    };
  }

  #leadsOut(): UserError {
    return new UserError('InvalidArchive', `${this.#asked} leads out of ${this.#root}`);
  }
}

/** What is no link says EINVAL. */
function notALink(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'EINVAL') return undefined;
  throw error;
}
