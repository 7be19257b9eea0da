import { apiVersion, label } from '../../api/labels.ts';
import type { StorePlace } from '../../api/order.ts';
import type { NixStore } from '../../cluster-view/objects.ts';
import type { ObjectRef, OwnerReference } from '../../runtime/kube-object.ts';
import type { StoreSettings } from './settings.ts';

/** What a store makes goes with its record; the directories on the node only where enbi removes it (removal.ts). */
export function storeOwner(store: NixStore): OwnerReference {
  return { apiVersion, kind: 'NixStore', name: store.metadata.name, uid: store.metadata.uid, controller: true };
}

export function storeRef(store: NixStore): ObjectRef & { uid: string } {
  return { apiVersion, kind: 'NixStore', name: store.metadata.name, uid: store.metadata.uid };
}

/** As Jobs are told it: no field where there is no scope. */
export function placeOf({ spec: { tenant, scope } }: NixStore): StorePlace {
  return scope === undefined ? { tenant } : { tenant, scope };
}

/** Of a Job in enbi's namespace that works for the store. */
export function storeMetadata(store: NixStore, { namespace }: StoreSettings, name: string) {
  const labels = { [label.store]: store.metadata.name, [label.storeUid]: store.metadata.uid };
  return { namespace, name, labels, ownerReferences: [storeOwner(store)] };
}
