import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { tenantOf } from './begin-attempt.ts';
import { proceed, waitForStore } from './pending.ts';
import type { Rule } from './situation.ts';

/** The NixBuild was seen before the namespace it is in; nobody tells of that. */
export const namespaceIsUnknown: Rule = (situation) => {
  if (situation.namespace !== undefined) return undefined;
  const plan = proceed(situation, 'NamespaceUnknown', 'WaitingForStore', 'the namespace is not known yet', {});
  return { ...plan, recheckAfterMs: 1000 };
};

/** A namespace that was deleted and made again may be another team's: it never gets the store of the first. */
export const storeIsOfAnother: Rule = (situation) => {
  const { foreignStore, build } = situation;
  if (foreignStore === undefined) return undefined;
  const message = isOfEarlierNamespace(foreignStore, build)
    ? `store on ${foreignStore.spec.node}: removing what an earlier namespace of this name left`
    : `NixStore ${foreignStore.metadata.name} is not of this node, namespace and repository: an administrator has to delete it`;
  return waitForStore(situation, foreignStore, { because: 'StoreOfAnother', why: message });
};

function isOfEarlierNamespace({ spec }: NixStore, build: NixBuild): boolean {
  const isPlace = spec.tenant === tenantOf(build) && spec.node === build.status.buildNode;
  return isPlace && spec.scope === build.storeScope;
}
