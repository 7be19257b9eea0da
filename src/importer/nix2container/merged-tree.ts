import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { compareBytes } from '../made/python-text.ts';
import { type StoreEntry, storeTree, type Tree } from '../made/store-tree.ts';
import type { LayerPath } from './image-json.ts';
import { type Access, pathRules } from './path-rules.ts';

/** A file of the layer, in the place that the rules give it. */
export interface Placed {
  /** In the image. */
  readonly name: string;
  /** Undefined: a directory that only holds others. */
  readonly file?: PlacedFile;
}

interface PlacedFile extends Pick<StoreEntry, 'path' | 'kind' | 'sizeBytes' | 'target'> {
  readonly access: Access;
}

interface Node {
  readonly children: Map<string, Node>;
  file?: PlacedFile;
}

/** What nix2container puts into one layer, in its order: paths may lie in each other's directories, so all are needed first. */
export function* mergedTree(paths: readonly LayerPath[], tree: Tree): Generator<Placed, void, undefined> {
  const root: Node = { children: new Map() };
  let files = 0;
  for (const each of paths) {
    const rules = pathRules(each);
    let leftOut: string | undefined;
    for (const { path, kind, mode, sizeBytes, target } of storeTree(each.path.slice('/nix/store/'.length), tree)) {
      if (leftOut !== undefined && path.startsWith(leftOut)) continue;
      refuseTooMany(++files);
      const source = `/nix/store/${path}`;
      const name = rules.destination(source);
      if (name === undefined) continue;
      if (rules.isLeftOut(name)) leftOut = `${path}/`;
      else nodeAt(root, name).file = { path, kind, sizeBytes, target, access: rules.access(source, mode) };
    }
  }
  if (root.children.size > 0 || root.file !== undefined) {
    yield* walk('/', root);
  }
}

function refuseTooMany(files: number): void {
  if (files > limits.mergedEntries) {
    throw new UserError('ImageTooLarge', `a layer has more than ${limits.mergedEntries} files`);
  }
}

function nodeAt(root: Node, name: string): Node {
  let node = root;
  for (const part of name === '/' ? [] : name.slice(1).split('/')) {
    let child = node.children.get(part);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  return node;
}

function* walk(name: string, { file, children }: Node): Generator<Placed, void, undefined> {
  yield file === undefined ? { name } : { name, file };
  for (const [part, child] of [...children].toSorted(([left], [right]) => compareBytes(left, right))) {
    yield* walk(name === '/' ? `/${part}` : `${name}/${part}`, child);
  }
}
