import type { RemoveOrder } from '../api/order.ts';
import type { RemoveSuccess } from '../api/result.ts';
import type { StoreRemoval } from './ports.ts';

/** Removes one store from the node, or all that enbi ever put on its disk. Begun again, it goes on. */
export async function removeStores(order: RemoveOrder, removal: StoreRemoval): Promise<RemoveSuccess> {
  const filesRemoved = 'tenant' in order ? await removal.removeOne(order) : await removal.removeAll();
  return { ok: true, filesRemoved };
}
