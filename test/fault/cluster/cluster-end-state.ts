import { listOf, rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { inWords } from '../oracles/end-state.ts';
import { controllerOf, type Live, statusOf } from '../server/live.ts';
import { type Plural, plurals } from '../server/mirror.ts';
import type { World } from '../world/world.ts';

/**
 * What is to be the same at the end of every run on a cluster: one line for each object that is the tenant's, with what enbi
 * answers for. What kubelet and containerd add (addresses, which layers were there already) is theirs.
 */
export function clusterEndState(world: World): readonly string[] {
  return plurals
    .flatMap((plural) => world.ofTenant(plural).map((live) => lineOf(plural, live)))
    .map((line) => inWords(line.replaceAll(world.tenant, '<tenant>'), world.name))
    .toSorted();
}

function lineOf(plural: Plural, live: Live): string {
  const { namespace, labels, ownerReferences, finalizers } = live.metadata;
  const owner = controllerOf(live);
  // The Job controller ends the names of its Pods at random.
  const name = owner?.kind === 'Job' ? `${owner.name}-` : live.metadata.name;
  const owners = ownerReferences?.map((each) => `${each.kind} ${each.name}`);
  const said = { name, namespace, labels, owners, finalizers, ...contents[plural]?.(live) };
  return `${plural} ${JSON.stringify(said)}`;
}

/** Of the others it is enough that they are there. */
const contents: Partial<Record<Plural, (live: Live) => object>> = {
  nixbuilds(live) {
    const { status, attempts, nodes, outPath, imageDigest, failure } = statusOf(live);
    const { stage, reason } = rawOf(failure);
    // The repository's name is in the image, and so in its digest.
    const hasDigest = typeof imageDigest === 'string';
    return {
      spec: live.spec,
      status,
      attempts,
      nodes,
      outPath,
      hasDigest,
      stage,
      reason,
      conditions: conditionsOf(live),
    };
  },
  // Whether it had to be woken hangs on whether its kubelet looked before the image came or after.
  pods: (live) => ({ phase: statusOf(live).phase }),
  jobs: (live) => ({ conditions: conditionsOf(live) }),
  nixstores: (live) => ({ conditions: conditionsOf(live) }),
  persistentvolumes: (live) => ({ phase: statusOf(live).phase }),
  persistentvolumeclaims: (live) => ({ phase: statusOf(live).phase, volume: rawOf(live.spec).volumeName }),
};

function conditionsOf(live: Live): readonly string[] {
  const words = listOf(statusOf(live).conditions).map(({ type, status, reason }) => [type, status, reason].map(textOf));
  return words.map((parts) => parts.join(' ')).toSorted();
}
