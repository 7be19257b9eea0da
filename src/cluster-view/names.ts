import { createHash } from 'node:crypto';
import type { NixBuild } from './objects.ts';

/** A short fingerprint for names that must be told apart: 8 hexadecimal digits. For what nobody can choose, such as a uid. */
export function fingerprint(...parts: readonly string[]): string {
  return hash(parts).slice(0, 8);
}

/** The same for what people choose: nobody finds two texts that have one. */
export function longFingerprint(...parts: readonly string[]): string {
  return hash(parts).slice(0, 32);
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** `text` as a DNS label of at most `length` characters; not unique by itself. */
export function label63(text: string, length: number): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, length)
    .replaceAll(/^-+|-+$/g, '');
}

/**
 * The one NixStore of a node, tenant and scope; also the name of its PersistentVolume. Whoever finds it compares the three. 12 digits
 * for the names of namespaces, which people choose now and then: with 8 two of one name are found in minutes. A scope is of any flake
 * that a tenant names, and with 12 one that takes the name of another namespace's store is found in hours.
 */
export function storeName(node: string, tenant: string, scope?: string): string {
  if (scope === undefined) return `${label63(tenant, 20)}-${label63(node, 24)}-${hash([node, tenant]).slice(0, 12)}`;
  return `${label63(tenant, 20)}-${label63(node, 8)}-${hash([node, tenant, scope]).slice(0, 28)}`;
}

/** The store of the node that a build has: worked out, since whoever writes a build's status may write another's name there. */
export function storeNameOf(build: NixBuild): string | undefined {
  return build.status.buildNode === undefined ? undefined : storeNameOn(build.status.buildNode, build);
}

/** The store that a build has on a node. */
export function storeNameOn(node: string, { metadata, storeScope }: NixBuild): string {
  return storeName(node, metadata.namespace ?? '', storeScope);
}

/** The claim on a store, in the tenant's namespace; at most 63 characters, the store's fingerprint among them. */
export function claimName(store: string): string {
  return `enbi-store-${store.slice(-52).replaceAll(/^-+/g, '')}`;
}

/**
 * The build Job that is made for the current attempt. The uid is part of the fingerprint: a NixBuild that is deleted and made again never
 * takes up the Job of the one before.
 */
export function jobName(build: NixBuild): string {
  const { name, uid } = build.metadata;
  return `${label63(name, 36)}-${fingerprint(uid)}-build-${build.status.attempts ?? 0}`;
}
