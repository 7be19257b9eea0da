import { verdictOf } from '../../cluster-view/history.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import type { Admission } from './admission.ts';
import { waitingPodsOf } from './waiting-pods.ts';

interface Deps {
  readonly stores: {
    readonly builds: ObjectStore<NixBuild>;
    readonly nodes: ObjectStore<NodeView>;
    readonly pods: ObjectStore<PodView, 'asks'>;
  };
  readonly admission: Pick<Admission, 'isCrowded'>;
}

/** Whether nobody waits for a look at it: it stands outside the queue, or it is a record for whose image no Pod waits. */
export function buildCanWait(key: string, { stores, admission }: Deps): boolean {
  const build = stores.builds.get(key);
  if (build === undefined) return false;
  if (verdictOf(build) === undefined) return admission.isCrowded(build);
  return waitingPodsOf(build, stores).length === 0;
}
