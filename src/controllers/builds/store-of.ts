import { storeNameOf, storeNameOn } from '../../cluster-view/names.ts';
import type { NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import { tenantOf } from './begin-attempt.ts';

/** What stands under the name of a build's store: that store, or another's, of which nothing may be used. */
interface Found {
  readonly store: NixStore | undefined;
  readonly foreignStore: NixStore | undefined;
}

/**
 * The store of the build's node, namespace and scope. Without a node, the one in which it left its result, as the status says: anybody's
 * name may stand there, so it counts only when it is the one that the build would use there. A namespace that was deleted and made again is
 * another tenant.
 */
export function storesOf(
  build: NixBuild,
  namespace: NamespaceView | undefined,
  { stores }: { readonly stores: ObjectStore<NixStore> },
): Found {
  const found = stores.get(storeNameOf(build) ?? build.status.storeName ?? '');
  if (found === undefined) return { store: undefined, foreignStore: undefined };
  const isOurs =
    isStoreOf(found, build) && (found.spec.tenantUid ?? namespace?.metadata.uid) === namespace?.metadata.uid;
  return isOurs ? { store: found, foreignStore: undefined } : { store: undefined, foreignStore: found };
}

function isStoreOf({ metadata, spec }: NixStore, build: NixBuild): boolean {
  const node = build.status.buildNode ?? spec.node;
  const isSame = spec.tenant === tenantOf(build) && spec.node === node && spec.scope === build.storeScope;
  return isSame && metadata.name === storeNameOn(node, build);
}
