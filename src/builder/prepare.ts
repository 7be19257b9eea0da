import { buildUid, memoryOf, type PrepareOrder } from '../api/order.ts';
import type { PrepareSuccess } from '../api/result.ts';
import type { Directories, Owner } from './ports.ts';

const ofRoot: Owner = { uid: 0, mode: 0o755 };
const ofBuilds: Owner = { uid: buildUid, mode: 0o755 };
/** Other users of the node learn no tenants' names. */
const hidden: Owner = { uid: 0, mode: 0o711 };

const ofImports: Owner = { uid: 0, mode: 0o700 };

/** Where the build step leaves the store's size: root must not open a tenant's database. Below the store's `nix`. */
export const sizeFile = ['var', 'enbi-store-size'] as const;

/**
 * Makes a tenant's store below the directories' root. Run again it changes nothing: what is in the store stays as it is, and
 * only these directories themselves get their owner (the kubelet makes a missing subPath as root's).
 */
export async function prepareStore({ tenant }: PrepareOrder, directories: Directories): Promise<PrepareSuccess> {
  await directories.ensure([], hidden);
  await directories.ensure([tenant], ofRoot);
  for (const path of storeDirectories) await directories.ensure([tenant, ...path], ofBuilds);
  await directories.ensure([memoryOf(tenant)], ofImports);
  const size = await directories.readSmall([tenant, 'nix', ...sizeFile]);
  return { ok: true, storeSizeBytes: parseSize(size), storeFreeBytes: await directories.freeBytes() };
}

const storeDirectories = [
  ['nix'],
  ['nix', 'store'],
  ['nix', 'var'],
  ['nix', 'var', 'nix'],
  ['nix', 'var', 'nix', 'gcroots'],
  ['nix', 'var', 'nix', 'gcroots', 'enbi'],
  ['cache'],
] as const;

/** A tenant's text: a number or nothing. */
function parseSize(text: string | undefined): number {
  const digits = /^\s*([0-9]{1,15})\s*$/.exec(text ?? '')?.[1];
  return digits === undefined ? 0 : Number(digits);
}
