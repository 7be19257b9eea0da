import { buildUid, directoryOf, type PrepareOrder, storeParts } from '../api/order.ts';
import type { PrepareSuccess } from '../api/result.ts';
import type { Directories, Owner } from './ports.ts';
import { reportedBytes } from './reported-bytes.ts';

const ofRoot: Owner = { uid: 0, mode: 0o755 };
const ofBuilds: Owner = { uid: buildUid, mode: 0o755 };
/**
 * What a tenant's root leaves in a store, a setuid program or a device, is not for other users of the node to run or open. The
 * kubelet mounts stores as root, so that builds need no way through.
 */
const ofRootAlone: Owner = { uid: 0, mode: 0o700 };

/** Where the build step leaves the store's size: root must not open a tenant's database. Below the store's `nix`. */
export const sizeFile = ['var', 'enbi-store-size'] as const;

/**
 * Makes a store below `stores` in the directories' root. Run again it changes nothing: what is in the store stays as it is, and
 * only these directories themselves get their owner (the kubelet makes a missing subPath as root's).
 */
export async function prepareStore(order: PrepareOrder, directories: Directories): Promise<PrepareSuccess> {
  const store = directoryOf(order);
  for (const path of [[], [stores]]) await directories.ensure(path, ofRootAlone);
  await directories.ensure([stores, store], ofRoot);
  for (const path of storeDirectories) await directories.ensure([stores, store, ...path], ofBuilds);
  const size = await directories.readSmall([stores, store, 'nix', ...sizeFile]);
  const free = reportedBytes(await directories.freeBytes());
  return { ok: true, storeSizeBytes: reportedBytes(parseSize(size)), storeFreeBytes: free };
}

/** Segment of `paths.stores` below `paths.onNode`. */
const stores = 'stores';

const storeDirectories = [
  ['nix'],
  ['nix', 'store'],
  ['nix', 'var'],
  ['nix', 'var', 'nix'],
  ['nix', 'var', 'nix', 'gcroots'],
  ['nix', 'var', 'nix', 'gcroots', 'enbi'],
  [storeParts.fetchCache],
  [storeParts.buildCache],
] as const;

/** A tenant's text: a number or nothing. */
function parseSize(text: string | undefined): number {
  const digits = /^\s*([0-9]{1,15})\s*$/.exec(text ?? '')?.[1];
  return digits === undefined ? 0 : Number(digits);
}
