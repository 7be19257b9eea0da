import type { Lab } from '../lab.ts';
import { isGoing } from '../server/live.ts';
import { plurals } from '../server/mirror.ts';
import { Hands } from './hands.ts';
import { realTime } from './real-time.ts';
import { World } from './world.ts';
import type { WorldTime } from './world-time.ts';

/** A world in which nothing is but the two namespaces. */
export async function freshWorld(name: string, time: WorldTime, lab: Lab): Promise<World> {
  await clear(name, lab);
  return new World({ name, clock: time }, lab);
}

async function clear(name: string, lab: Lab): Promise<void> {
  const world = new World({ name, clock: realTime }, lab);
  const hands = new Hands(world);
  try {
    await Promise.all(
      plurals.flatMap((plural) =>
        world.list(plural).map(async (live) => {
          if (plural === 'namespaces') return isGoing(live) ? await hands.finalizeNamespace(live) : undefined;
          if (live.metadata.finalizers !== undefined)
            await hands.patch(plural, live, { metadata: { finalizers: null } });
          return await hands.remove(plural, live);
        }),
      ),
    );
    await lab.mirror.until(() => plurals.every((plural) => plural === 'namespaces' || isEmpty(name, plural, lab)));
    await world.caughtUp();
    for (const namespace of [world.tenant, world.home]) {
      if (world.get('namespaces', namespace) !== undefined) continue;
      await hands.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    }
    await world.caughtUp();
  } finally {
    world.leave();
  }
}

function isEmpty(name: string, plural: (typeof plurals)[number], { mirror }: Lab): boolean {
  return mirror.ofWorld(plural, name).length === 0;
}
