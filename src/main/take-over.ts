import { buildNamed, isBuilder } from '../cluster-view/belonging.ts';
import { agentIndex } from '../cluster-view/indexes.ts';
import type { Stores } from '../cluster-view/stores.ts';
import { keyOf } from '../runtime/kube-object.ts';
import type { Reflector } from '../runtime/reflector.ts';
import type { Controllers } from './wiring.ts';

/** What controllers write and decide by: one that takes over must not decide on a view from before its predecessor's last write. */
const written = ['NixBuild', 'NixStore', 'Job', 'PersistentVolume', 'PersistentVolumeClaim'];

/** Everything is looked at anew: what was to be looked at again later, only the predecessor knew. */
export async function takeOverFrom(
  stores: Stores,
  reflectors: readonly Reflector[],
  controllers: Controllers,
): Promise<void> {
  const own = reflectors.filter(({ resource }) => written.includes(resource.kind));
  await Promise.all(own.map((reflector) => reflector.refresh()));
  for (const { metadata } of stores.pods.list()) controllers.pods.add(keyOf(metadata));
  for (const { metadata } of stores.builds.list()) controllers.builds.add(keyOf(metadata));
  for (const job of stores.jobs.list()) {
    const build = buildNamed(job);
    if (build !== undefined) controllers.builds.add(build);
    if (isBuilder(job)) controllers.builders.add(keyOf(job.metadata));
    // Of a node that is gone as well.
    for (const node of agentIndex.agentOf(job)) controllers.agents.add(node);
  }
  for (const { metadata } of stores.nodes.list()) controllers.agents.add(metadata.name);
  for (const { metadata } of stores.stores.list()) controllers.stores.add(keyOf(metadata));
}
