import { label, ordersAnnotation } from '../../../src/api/labels.ts';
import { listOf, rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import type { Run } from '../run-plan.ts';
import { annotationsOf, keyOfLive, type Live, statusOf } from '../server/live.ts';
import { isOfAgent } from '../stand-in/agents.ts';
import type { Stage } from '../stand-in/stand-in.ts';
import type { World } from '../world/world.ts';
import { costOf } from './fault-cost.ts';

/** What holds of agents and imports in the undisturbed run. */
interface AgentReference {
  readonly loadedAgain: number;
  readonly pinsLeft: number;
  readonly mostAgents: number;
}

/** How many images were loaded that had been loaded before, for the same build on the same node. */
export function loadedAgainIn({ imports }: Pick<Run, 'imports'>): number {
  const loaded = imports.filter((run) => run.loaded === true);
  return loaded.length - new Set(loaded.map(({ build, node }) => `${build} ${node}`)).size;
}

/** Nothing is imported twice without need, nobody is told too much, nothing is left behind. */
export function ofAgents(run: Run, reference: AgentReference): string[] {
  const { writes: _, untold: __, ...allowed } = costOf(run.plan.faults);
  const [again, mostAgain] = [loadedAgainIn(run), reference.loadedAgain + allowed.imports];
  const pins = run.pins.length - reference.pinsLeft - allowed.pins;
  return [
    ...besideEachOther(run),
    ...(again <= mostAgain ? [] : [`${again} images were loaded again, ${mostAgain} are allowed`]),
    ...(pins <= 0 ? [] : run.pins.map(({ name, by }) => `${name} stays pinned by ${by}, which nobody lists`)),
    ...(run.mostAgents <= reference.mostAgents ? [] : [`a node had ${run.mostAgents} Jobs of agents at once`]),
    ...tooManyLists(run, allowed.lists + run.foundOut),
  ];
}

/** One and the same on one node. */
function besideEachOther({ imports }: Run): string[] {
  return imports.flatMap((run, index) =>
    imports
      .slice(index + 1)
      .filter((other) => other.build === run.build && other.node === run.node)
      .filter((other) => other.startedAt < (run.endedAt ?? Number.POSITIVE_INFINITY))
      .map((other) => `agent ${other.agent} imported while agent ${run.agent} did`),
  );
}

/** Of an attempt: it is coming, its image is to be loaded, its pin is to stay; and each agent is told in the end that there is nothing. */
const most = { ofAttempt: 4, ofAgent: 2 } as const;

function tooManyLists({ written, home, imports }: Run, allowed: number): string[] {
  const done = written.filter(({ code }) => code < 300);
  const made = (name: RegExp) => done.filter(({ moment, object }) => moment === 'create jobs' && name.test(object));
  const lists = done.filter(({ moment, object }) => moment === 'patch pods' && object.startsWith(`${home}/`));
  const attempts = Math.max(made(/-build-\d+$/).length, imports.length);
  const few = most.ofAttempt * attempts + most.ofAgent * made(/\/enbi-agent-/).length + allowed;
  return lists.length <= few ? [] : [`${lists.length} lists of orders were written, ${few} are allowed`];
}

/** When all has come to rest there is nothing to be done, and no agent but one of the enbi that is there. */
export function agentsAtTheEnd(world: World): string[] {
  const jobs = world.list('jobs').filter(isOfAgent);
  const byNode = Map.groupBy(jobs, ({ metadata }) => metadata.labels?.[label.agentOf] ?? '');
  const crowds = [...byNode.values()].filter(({ length }) => length > 1);
  const agents = world.list('pods').filter(isOfAgent);
  return [
    ...crowds.map((crowd) => `one node has several agents: ${crowd.map(keyOfLive).join(', ')}`),
    ...agents.flatMap((pod) => ordersIn(pod).map((id) => `${keyOfLive(pod)} is still told to do ${id}`)),
  ];
}

function ordersIn(pod: Live): readonly string[] {
  const list = annotationsOf(pod)[ordersAnnotation];
  return list === undefined ? [] : listOf(rawOf(JSON.parse(list)).orders).map(({ id }) => textOf(id));
}

/** A NixBuild says where its image is; on a node that is there, it is. */
export function missingImages({ world, images }: Stage): string[] {
  return world.list('nixbuilds').flatMap((build) => {
    const { status, nodes } = statusOf(build);
    if (status !== 'Succeeded' || !Array.isArray(nodes)) return [];
    const name = textOf(rawOf(build.spec).imageTag);
    const lacking = nodes
      .map(textOf)
      .filter((node) => world.get('nodes', node) !== undefined && !images.has(node, name));
    return lacking.map((node) => `${keyOfLive(build)} is said to be on ${node}, and is not`);
  });
}
