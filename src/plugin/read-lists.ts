import { PolicyError } from '../errors.ts';
import type { ResourceType, Selection } from '../runtime/kube-client.ts';
import type { Observed } from '../runtime/kube-object.ts';
import type { ObjectStore } from '../runtime/store.ts';
import type { PluginClient } from './ports.ts';

/** All pages of a list; undefined when whoever asks may not have it. */
export async function readList(
  client: PluginClient,
  type: ResourceType,
  selection: Selection,
): Promise<readonly unknown[] | undefined> {
  try {
    const items: unknown[] = [];
    let continueToken: string | undefined;
    do {
      const page = await client.list(type, { ...selection, limit: 500, continueToken });
      items.push(...page.items);
      ({ continueToken } = page);
    } while (continueToken !== undefined);
    return items;
  } catch (thrown) {
    if (thrown instanceof PolicyError) return undefined;
    throw thrown;
  }
}

/** Fills a store from the first selection that is allowed; false when none is. */
export async function fillStore<T extends Observed, IndexName extends string>(
  client: PluginClient,
  store: ObjectStore<T, IndexName>,
  selections: readonly Selection[],
): Promise<boolean> {
  for (const selection of selections) {
    const items = await readList(client, store.resource, selection);
    if (items === undefined) continue;
    keepItems(store, items);
    return true;
  }
  return false;
}

/** A snapshot has no history: the version it is of matters to nobody. */
export function keepItems<T extends Observed, IndexName extends string>(
  store: ObjectStore<T, IndexName>,
  items: readonly unknown[],
): void {
  const listed = items.map((item) => store.projectItem(item));
  store.replace(listed, '0');
}
