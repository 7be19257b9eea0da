import { ceilings } from '../api/ceilings.ts';
import { readLabels } from '../api/labels.ts';
import type { Observed, OwnerReference } from '../runtime/kube-object.ts';
import { wholeText } from './bounded.ts';
import { listOf, type Raw, rawOf, textMap, textOf } from './raw.ts';

type Texts = Readonly<Record<string, string>>;

/** What of an object's own labels and annotations is kept: of labels, unless it is said, what is read of any kind; of annotations nothing. */
export interface KeptTexts {
  readonly labels?: Texts;
  readonly annotations?: Texts;
}

/**
 * Metadata as far as enbi reads it: whoever writes an object may fill 256 KiB with annotations, and as much again with labels and
 * owners. Names and uids have the API server's own bounds.
 */
export function projectMeta(object: Raw, kept: KeptTexts = {}): Observed['metadata'] {
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
    labels: kept.labels ?? pick(meta.labels, readLabels),
    annotations: kept.annotations ?? {},
    ownerReferences: ownersOf(meta),
  };
}

/** The annotations of these names. */
export function annotationsOf({ metadata }: Raw, names: readonly string[]): Texts {
  return pick(rawOf(metadata).annotations, names);
}

/** All labels: for a kind that only the administrator writes, and whose labels a setting may name. */
export function allLabels(object: Raw): Texts {
  return textMap(rawOf(object.metadata).labels);
}

/** The entries of these names, each value whole or not at all. */
export function pick(map: unknown, names: readonly string[]): Texts {
  const entries = rawOf(map);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(entries, name) ? entries[name] : undefined;
      return typeof value === 'string' ? [[name, wholeText(value, ceilings.annotation.value)]] : [];
    }),
  );
}

/** Whatever is owned goes by who controls it (belonging.ts); the API server lets that be one. */
function ownersOf(meta: Raw): readonly OwnerReference[] {
  const controllers = listOf(meta.ownerReferences).filter(isController);
  return controllers.slice(0, ceilings.owners.value).map((owner) => ({
    apiVersion: wholeText(textOf(owner.apiVersion), longestWord),
    kind: wholeText(textOf(owner.kind), longestWord),
    name: wholeText(textOf(owner.name), ceilings.annotation.value),
    uid: wholeText(textOf(owner.uid), longestWord),
    controller: true,
  }));
}

/** Longer than any kind that enbi looks for, and any uid. */
const longestWord = 63;

function isController({ controller }: Raw): boolean {
  return controller === true;
}
