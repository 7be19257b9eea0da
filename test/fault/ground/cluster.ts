import { setTimeout as sleep } from 'node:timers/promises';
import { clusterEndState } from '../cluster/cluster-end-state.ts';
import type { ClusterLab } from '../cluster/cluster-lab.ts';
import { clusterScenario } from '../cluster/cluster-scenarios.ts';
import { watchRuns } from '../cluster/watch-runs.ts';
import { ProcessLife } from '../controller/process-life.ts';
import { keyOfLive } from '../server/live.ts';
import { plurals } from '../server/mirror.ts';
import { Hands } from '../world/hands.ts';
import { realTime } from '../world/real-time.ts';
import { World } from '../world/world.ts';
import type { Ground } from './ground.ts';

const longestTidyMs = 120_000;

/** The embedded cluster: nobody is played. Each plan has a namespace of its own, one after the other. */
export function clusterGround(lab: ClusterLab): Ground {
  return {
    lab,
    quietMs: 5000,
    longestMs: 5 * 60_000,
    agentIdle: 0,
    // A minute of a build is told in as many steps as it takes.
    countsWrites: false,
    scenario: (name) => clusterScenario(name, lab.flakes),
    fresh: () => freshTenant(lab),
    roles: (acts) => [acts.role],
    runsIn: watchRuns,
    startLife: ({ failed, session, world, instance, settings }) => {
      const flags = ['--image', lab.image, '--leader-elect', 'false', '--substituters', ''];
      const options = { ...lab, server: lab.proxy.open(session).server, instance, settings, flags };
      return new ProcessLife(world, session, options, failed);
    },
    endStateOf: clusterEndState,
    tidy,
  };
}

async function freshTenant(lab: ClusterLab): Promise<World> {
  const tenant = lab.nextTenant();
  const world = new World({ name: lab.worlds[0] ?? '', clock: realTime, tenant, home: 'enbi', isPlayed: false }, lab);
  await new Hands(world).create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tenant } });
  await world.caughtUp();
  return world;
}

/** The namespace goes, and with it everything that enbi made for it, wherever it is. */
async function tidy(world: World): Promise<readonly string[]> {
  const namespace = world.get('namespaces', world.tenant);
  if (namespace !== undefined) await new Hands(world).remove('namespaces', namespace, { graceful: true });
  const until = Date.now() + longestTidyMs;
  while (left(world).length > 0 && Date.now() < until) await sleep(200);
  return left(world).map((object) => `left over: ${object}`);
}

function left(world: World): readonly string[] {
  return plurals.flatMap((plural) => world.ofTenant(plural).map((live) => `${plural} ${keyOfLive(live)}`));
}
