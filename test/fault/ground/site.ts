import { openClusterLab } from '../cluster/cluster-lab.ts';
import { clusterScenarioNames } from '../cluster/cluster-scenarios.ts';
import { type LabOptions, openLab } from '../lab.ts';
import { scenarios } from '../scenarios/scenarios.ts';
import { clusterGround } from './cluster.ts';
import type { Ground } from './ground.ts';
import { leapingGround } from './leaping.ts';
import { processGround } from './processes.ts';

/** All grounds of a run, and which scenarios can be played there. */
export interface Site extends AsyncDisposable {
  readonly grounds: readonly Ground[];
  readonly scenarios: readonly string[];
}

export interface SiteWish {
  readonly cluster: boolean;
  readonly processes: boolean;
  /** Of the cluster that is made. */
  readonly name: string;
  readonly worlds: number;
  /** Which of the processes this is that share an API server. */
  readonly part: number;
}

export async function openSite(wish: SiteWish, how: Pick<LabOptions, 'report' | 'keep'>): Promise<Site> {
  if (wish.cluster) {
    const lab = await openClusterLab({ name: `${wish.name}-cluster`, ...how });
    return { grounds: [clusterGround(lab)], scenarios: clusterScenarioNames, ...disposing(lab) };
  }
  const lab = await openLab({ name: wish.name, worlds: worldNames(wish.worlds, wish.part), ...how });
  const ground = wish.processes ? processGround : leapingGround;
  const grounds = lab.worlds.map((world) => ground(lab, world));
  return { grounds, scenarios: scenarios.map(({ name }) => name), ...disposing(lab) };
}

function disposing(lab: AsyncDisposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.resolve(lab[Symbol.asyncDispose]()) };
}

/** Names of worlds; those of one part are nobody else's. */
function worldNames(count: number, part: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `w${part * 100 + index + 1}`);
}
