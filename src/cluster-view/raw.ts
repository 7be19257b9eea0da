import { group, label, manager } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';

/** A JSON object of the API server's before anything is known about it. */
export type Raw = Readonly<Record<string, unknown>>;

export function rawOf(value: unknown): Raw {
  return isRaw(value) ? value : {};
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function listOf(value: unknown): Raw[] {
  return Array.isArray(value) ? value.map(rawOf) : [];
}

export function textMap(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(rawOf(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

/** Metadata with enbi's own annotations only: a large cluster's other annotations are most of a Pod's bytes. */
export function projectMeta(
  object: Raw,
  keepAnnotation = (name: string) => name.startsWith(`${group}/`),
): Observed['metadata'] {
  const meta = rawOf(object.metadata);
  const optional = {
    namespace: textOf(meta.namespace),
    creationTimestamp: textOf(meta.creationTimestamp),
    deletionTimestamp: textOf(meta.deletionTimestamp),
  };
  return {
    name: textOf(meta.name),
    uid: textOf(meta.uid),
    resourceVersion: textOf(meta.resourceVersion),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
    ...(typeof meta.generation === 'number' ? { generation: meta.generation } : {}),
    labels: textMap(meta.labels),
    annotations: pick(textMap(meta.annotations), keepAnnotation),
    ownerReferences: listOf(meta.ownerReferences).map((owner) => ({
      apiVersion: textOf(owner.apiVersion),
      kind: textOf(owner.kind),
      name: textOf(owner.name),
      uid: textOf(owner.uid),
      controller: owner.controller === true,
    })),
  };
}

function pick(
  map: Readonly<Record<string, string>>,
  keep: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => keep(name)));
}

/** True for objects that carry enbi's managed-by label. A hint for what to read, never proof of ownership. */
export function ours(metadata: Observed['metadata']): boolean {
  return metadata.labels?.[label.managedBy] === manager;
}
