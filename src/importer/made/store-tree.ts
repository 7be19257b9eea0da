import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { asError, UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import type { ReadCount } from '../source/read-count.ts';
import { refuseBeyond } from '../source/refusal.ts';
import { compareText, pythonText } from './python-text.ts';

/** Not blocking: a pipe without a writer would hang the open. */
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface StoreEntry {
  /** Below the store: `<hash>-<name>/share/x`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
  readonly mode: number;
  readonly sizeBytes: number;
  readonly target: string;
  /** Fills the buffer from where the last call stopped; only until the next entry is asked for. */
  read(buffer: Buffer): void;
}

export interface Tree {
  readonly store: string;
  readonly count: ReadCount;
}

interface Walk extends Tree {
  entries: number;
}

/**
 * A store path and all below it, directories before what is in them, siblings by name. Each is opened from its parent's
 * descriptor and never through a link: the store is a tenant's, who may exchange anything at any moment. Synchronous: for
 * tens of thousands of small files Node's asynchronous calls cost several times as much.
 */
export function* storeTree(name: string, { store, count }: Tree): Generator<StoreEntry, void, undefined> {
  const walk = { store, count, entries: 0 };
  const fd = attempt(name, () => openSync(store, directoryFlags));
  try {
    const at = Buffer.from(`/proc/self/fd/${fd}/${name}`);
    const found = attempt(name, () => lstatSync(at));
    yield* entry({ at, path: name, depth: 0, isLink: found.isSymbolicLink(), isDirectory: found.isDirectory() }, walk);
  } finally {
    closeSync(fd);
  }
}

interface Where {
  /** By way of the parent's descriptor. */
  readonly at: Buffer;
  readonly path: string;
  readonly depth: number;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

function* entry(where: Where, walk: Walk): Generator<StoreEntry, void, undefined> {
  walk.entries += 1;
  refuseBeyond(walk.entries <= limits.treeEntries, `${where.path} is one of more than ${limits.treeEntries} files`);
  if (where.isLink) {
    const target = pythonText(attempt(where.path, () => readlinkSync(where.at, { encoding: 'buffer' })));
    yield { path: where.path, kind: 'link', mode: 0o777, sizeBytes: 0, target, read: () => {} };
    return;
  }
  const fd = attempt(where.path, () => openSync(where.at, where.isDirectory ? directoryFlags : fileFlags));
  try {
    yield* where.isDirectory ? directory(fd, where, walk) : file(fd, where, walk);
  } finally {
    closeSync(fd);
  }
}

function* file(fd: number, { path }: Where, { count }: Walk): Generator<StoreEntry, void, undefined> {
  const { mode, size, isFile } = describe(fd);
  refuseUnless(isFile, path, 'is neither a file nor a directory nor a link');
  const read = (buffer: Buffer) => {
    for (let filled = 0; filled < buffer.length; ) {
      const bytes = readSync(fd, buffer, filled, buffer.length - filled, null);
      refuseUnless(bytes > 0, path, 'became shorter while it was read');
      filled += bytes;
      count.bytes += bytes;
    }
  };
  yield { path, kind: 'file', mode, sizeBytes: size, target: '', read };
}

function* directory(fd: number, { path, depth }: Where, walk: Walk): Generator<StoreEntry, void, undefined> {
  refuseBeyond(depth < limits.treeDepth, `${path} has directories more than ${limits.treeDepth} deep`);
  yield { path, kind: 'directory', mode: describe(fd).mode, sizeBytes: 0, target: '', read: () => {} };
  const base = `/proc/self/fd/${fd}`;
  const children = attempt(path, () => readdirSync(base, { encoding: 'buffer', withFileTypes: true }));
  for (const { text, child } of sorted(children)) {
    const where = {
      at: Buffer.concat([Buffer.from(`${base}/`), child.name]),
      path: `${path}/${text}`,
      depth: depth + 1,
      isLink: child.isSymbolicLink(),
      isDirectory: child.isDirectory(),
    };
    yield* entry(where, walk);
  }
}

function sorted(children: readonly Dirent<Buffer>[]) {
  return children
    .map((child) => ({ child, text: pythonText(child.name) }))
    .toSorted((left, right) => compareText(left.text, right.text));
}

function describe(fd: number) {
  const found = fstatSync(fd);
  return { mode: found.mode & 0o7777, size: found.size, isFile: found.isFile() };
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw new UserError('InvalidArchive', `${path} in the store cannot be read: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
}

function refuseUnless(condition: boolean, path: string, problem: string): asserts condition {
  if (!condition) {
    throw new UserError('InvalidArchive', `${path} ${problem}`);
  }
}
