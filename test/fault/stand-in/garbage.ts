import { isGoing } from '../server/live.ts';
import { type Plural, plurals } from '../server/mirror.ts';
import { nodeOf } from './pods.ts';
import type { Move, Stage } from './stand-in.ts';

/** The garbage collector: what has owners, and none of them is there any more, goes. */
export function* garbageCollector({ world, hands }: Stage): Iterable<Move> {
  const uids = new Set(plurals.flatMap((plural) => world.list(plural).map(({ metadata }) => metadata.uid)));
  for (const plural of plurals) {
    for (const live of world.list(plural)) {
      const owners = live.metadata.ownerReferences ?? [];
      if (owners.length === 0 || isGoing(live) || owners.some(({ uid }) => uids.has(uid))) continue;
      const make = () => hands.remove(plural, live, { graceful: true });
      yield { key: `collect ${live.metadata.uid}`, afterMs: 500, make };
    }
  }
}

/** Removes Pods of nodes that are no more. */
export function* podCollector({ world, hands, runs, agents }: Stage): Iterable<Move> {
  for (const pod of world.list('pods')) {
    const node = nodeOf(pod);
    if (node === '' || world.get('nodes', node) !== undefined) continue;
    const make = async () => {
      runs.end(pod, world.clock.ms);
      agents.kill(pod);
      await hands.remove('pods', pod);
    };
    yield { key: `lost pod ${pod.metadata.uid}`, afterMs: 2000, make };
  }
}

const inNamespaces: readonly Plural[] = ['nixbuilds', 'jobs', 'pods', 'persistentvolumeclaims', 'configmaps'];

/** Empties a namespace that is deleted, and then lets it go. */
export function* namespaces({ world, hands }: Stage): Iterable<Move> {
  for (const namespace of world.list('namespaces').filter(isGoing)) {
    const { uid, name } = namespace.metadata;
    const content = inNamespaces.flatMap((plural) =>
      world
        .list(plural)
        .filter(({ metadata }) => metadata.namespace === name)
        .map((live) => ({ plural, live })),
    );
    for (const { plural, live } of content) {
      if (isGoing(live)) continue;
      const make = () => hands.remove(plural, live, { graceful: true });
      yield { key: `empty ${live.metadata.uid}`, afterMs: 300, make };
    }
    if (content.length === 0) {
      yield { key: `finalize ${uid}`, afterMs: 200, make: () => hands.finalizeNamespace(namespace) };
    }
  }
}
