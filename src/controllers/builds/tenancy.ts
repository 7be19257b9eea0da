import { proceed } from './pending.ts';
import type { Rule } from './situation.ts';

/** The NixBuild was seen before the namespace it is in; nobody tells of that. */
export const namespaceIsUnknown: Rule = (situation) => {
  if (situation.namespace !== undefined) return undefined;
  const plan = proceed(situation, 'NamespaceUnknown', 'WaitingForStore', 'the namespace is not known yet', {});
  return { ...plan, recheckAfterMs: 1000 };
};

/** A namespace that was deleted and made again may be another team's: it never gets the store of the first. */
export const storeIsOfAnother: Rule = (situation) => {
  const { store, namespace } = situation;
  const of = store?.spec.tenantUid;
  if (store === undefined || of === undefined || of === namespace?.metadata.uid) return undefined;
  const message = `store on ${store.spec.node}: removing what an earlier namespace of this name left`;
  return proceed(situation, 'StoreOfAnother', 'WaitingForStore', message, {});
};
