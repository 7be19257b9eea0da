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
  readonly imports: number;
  readonly pinsLeft: number;
  readonly mostAgents: number;
}

/** How many imports came to their end. */
export function loadedIn({ imports }: Pick<Run, 'imports'>): number {
  return imports.filter(({ loaded }) => loaded === true).length;
}

/** Nothing is imported twice without need, nobody is told too much, nothing is left behind. */
export function ofAgents(run: Run, reference: AgentReference): string[] {
  const { writes: _, untold: __, ...allowed } = costOf(run.plan.faults);
  const [loaded, most] = [loadedIn(run), reference.imports + allowed.imports];
  const pins = run.pins.length - reference.pinsLeft - allowed.pins;
  return [
    ...besideEachOther(run),
    ...(loaded <= most ? [] : [`${loaded} imports, ${reference.imports} undisturbed and ${most} allowed`]),
    ...(pins <= 0 ? [] : run.pins.map(({ name, by }) => `${name} stays pinned by ${by}, which nobody lists`)),
    ...(run.mostAgents <= reference.mostAgents ? [] : [`a node had ${run.mostAgents} Jobs of agents at once`]),
    ...tooManyLists(run, allowed.lists),
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

/** For what an import needs: it is coming, it is to be done, its pin is to stay, nothing is to be done. */
const listsOfImport = 4;

function tooManyLists({ written, home, imports }: Run, allowed: number): string[] {
  const lists = written.filter(({ moment, object, code }) => {
    return moment === 'patch pods' && code < 300 && object.startsWith(`${home}/`);
  }).length;
  const most = listsOfImport * Math.max(imports.length, 1) + allowed;
  return lists <= most ? [] : [`${lists} lists of orders were written for ${imports.length} imports`];
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
