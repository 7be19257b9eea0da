import { Packer } from './packer.ts';
import { pythonEnd, pythonHeader } from './python-tar.ts';
import { type StoreEntry, storeTree, type Tree } from './store-tree.ts';
import { type Ownership, paddingOf } from './tar-member.ts';

export interface PythonLayer {
  /** Store paths, in the layer's order. */
  readonly paths: readonly string[];
  /** Of `/nix` and `/nix/store`. */
  readonly rootMode: number;
  readonly owner: Ownership;
}

/** The bytes of a layer as nixpkgs' stream script makes it of store paths: hard links as files of their own, links as links. */
export function* pythonLayer({ paths, rootMode, owner }: PythonLayer, tree: Tree): Generator<Buffer, void, undefined> {
  const packer = new Packer();
  for (const name of ['/nix', '/nix/store']) {
    const member = { name, kind: 'directory', mode: rootMode, sizeBytes: 0, target: '' } as const;
    yield* packer.add(pythonHeader(member, owner));
  }
  for (const path of paths) {
    for (const entry of storeTree(path.slice('/nix/store/'.length), tree)) {
      yield* packer.add(pythonHeader({ ...entry, name: `/nix/store/${entry.path}` }, owner));
      yield* contentOf(entry, packer);
    }
  }
  yield* packer.add(pythonEnd(packer.position));
  yield* packer.flush();
}

export function* contentOf(entry: StoreEntry, packer: Packer): Generator<Buffer, void, undefined> {
  yield* packer.fill(entry.sizeBytes, (space) => entry.read(space));
  yield* packer.fill(paddingOf(entry.sizeBytes), (space) => space.fill(0));
}
