import { goEnd, goHeader } from '../made/go-tar.ts';
import { Packer } from '../made/packer.ts';
import { withContent } from '../made/store-content.ts';
import type { Tree } from '../made/store-tree.ts';
import { paddingOf } from '../made/tar-member.ts';
import type { LayerPath } from './image-json.ts';
import { mergedTree, type Placed } from './merged-tree.ts';

const holder = { mode: 0o755, uid: 0, gid: 0, uname: 'root', gname: 'root' } as const;

/** The bytes of a layer as nix2container makes it: everything of the second 1, in one tree from `/` on. */
export function* goLayer(paths: readonly LayerPath[], tree: Tree): Generator<Buffer, void, undefined> {
  const packer = new Packer();
  for (const placed of mergedTree(paths, tree)) {
    yield* packer.add(headerOf(placed));
    yield* contentOf(placed, tree, packer);
  }
  yield* packer.add(goEnd);
  yield* packer.flush();
}

function headerOf({ name, file }: Placed): Buffer {
  const { kind = 'directory', sizeBytes = 0, target = '', access = holder } = file ?? {};
  return goHeader({ name, kind, sizeBytes, target, mode: access.mode }, { ...access, mtime: 1 });
}

function* contentOf({ file }: Placed, { store, count }: Tree, packer: Packer): Generator<Buffer, void, undefined> {
  if (file?.kind !== 'file') {
    return;
  }
  const { path, sizeBytes } = file;
  yield* withContent({ store, path, sizeBytes, count }, (read) => packer.fill(sizeBytes, read));
  yield* packer.fill(paddingOf(sizeBytes), (space) => space.fill(0));
}
