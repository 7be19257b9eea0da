import type { ObjectRef, Observed } from '../runtime/kube-object.ts';
import { splitKey } from '../runtime/kube-object.ts';
import type { Plan } from '../runtime/plan.ts';
import type { Room } from '../runtime/room.ts';
import type { ObjectStore } from '../runtime/store.ts';

/** What is told of an object that is not kept, since its namespace has more of them than there is room for; undefined: it is none. */
export function tellLeftOut(
  key: string,
  store: Pick<ObjectStore<Observed>, 'resource'> & { readonly room: Pick<Room<never>, 'leftOutUid'> | undefined },
  many: string,
): Plan<'NamespaceIsFull'> | undefined {
  const uid = store.room?.leftOutUid(key);
  if (uid === undefined) return undefined;
  const { namespace, name } = splitKey(key);
  const { apiVersion, kind } = store.resource;
  const regarding: ObjectRef & { uid: string } = { apiVersion, kind, namespace, name, uid };
  const message =
    `namespace ${namespace} has more ${many} than enbi has room for (${store.resource.plural} that were seen first are kept): ` +
    'nothing is done for this one until some of them are removed';
  return {
    because: 'NamespaceIsFull',
    actions: [],
    events: [{ type: 'Warning', regarding, reason: 'NamespaceFull', message }],
  };
}
