import { apiVersion } from '../../api/labels.ts';
import type { NixStore } from '../../cluster-view/objects.ts';
import type { ObjectRef, OwnerReference } from '../../runtime/kube-object.ts';

/** What a store makes goes with its record; the directories on the node stay. */
export function storeOwner(store: NixStore): OwnerReference {
  return { apiVersion, kind: 'NixStore', name: store.metadata.name, uid: store.metadata.uid, controller: true };
}

export function storeRef(store: NixStore): ObjectRef & { uid: string } {
  return { apiVersion, kind: 'NixStore', name: store.metadata.name, uid: store.metadata.uid };
}
