import { label, manager } from '../api/labels.ts';
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

/** True for objects that carry enbi's managed-by label. A hint for what to read, never proof of ownership. */
export function ours(metadata: Observed['metadata']): boolean {
  return metadata.labels?.[label.managedBy] === manager;
}
