import { rawOf } from '../../../src/cluster-view/raw.ts';
import type { Live } from '../server/live.ts';
import type { MirrorEvent } from '../server/mirror.ts';
import type { Call } from './call.ts';

/** What a list or watch asks for. An object that no longer fits is told as deleted, as the API server does. */
export type Selection = (live: Live) => boolean;

/** Selectors as far as enbi writes them: `label=value`, `field.path!=value`, joined by commas. */
export function selectionOf({ query, namespace }: Call): Selection {
  const terms = [
    ...termsOf(query.get('labelSelector')).map(([key, wanted, isEqual]) => ({
      read: (live: Live) => live.metadata.labels?.[key],
      wanted,
      isEqual,
    })),
    ...termsOf(query.get('fieldSelector')).map(([key, wanted, isEqual]) => ({
      read: (live: Live) => key.split('.').reduce<unknown>((value, part) => rawOf(value)[part], live),
      wanted,
      isEqual,
    })),
  ];
  return (live) =>
    (namespace === undefined || live.metadata.namespace === namespace) &&
    terms.every(({ read, wanted, isEqual }) => (read(live) === wanted) === isEqual);
}

function termsOf(selector: string | null): readonly (readonly [key: string, value: string, isEqual: boolean])[] {
  if (selector === null) return [];
  return selector.split(',').map((term) => {
    const [, key, operator, value] = /^([^!=]+)(!=|=)(.*)$/.exec(term) ?? [];
    if (key === undefined || value === undefined) throw new Error(`the proxy does not know the selector ${term}`);
    return [key, value, operator === '='] as const;
  });
}

export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Live;
}

/** What one event is to a watch; undefined: nothing. */
export function lineOf(event: MirrorEvent, selects: Selection): WatchLine | undefined {
  const before = event.before !== undefined && selects(event.before) ? event.before : undefined;
  const after = event.after !== undefined && selects(event.after) ? event.after : undefined;
  if (after !== undefined) return { type: before === undefined ? 'ADDED' : 'MODIFIED', object: after };
  if (before === undefined) return undefined;
  return { type: 'DELETED', object: at(event.after ?? before, event.resourceVersion) };
}

/** As of that version: what a deletion shows. */
function at(live: Live, resourceVersion: number): Live {
  return { ...live, metadata: { ...live.metadata, resourceVersion: String(resourceVersion) } };
}
