import { nativeSystem } from '../../cluster-view/system.ts';
import { describeRefusals, type FitSettings, fitOf } from '../../controllers/builds/node-fit.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const defaults: FitSettings = { repels: () => false, tolerations: [], refuseVulnerableNodes: false };

/** Whether there is a node for builds at all: each node alone may look well, and every build wait. */
export function judgeRoom({ nodes, controller }: Facts): readonly Finding[] {
  if (nodes === 'forbidden' || nodes.length === 0) return [];
  const settings = (controller === 'forbidden' ? undefined : controller?.settings) ?? defaults;
  const views = nodes.map(({ view }) => view);
  const systems = [...new Set(views.flatMap((view) => nativeSystem(view) ?? []))].toSorted();
  const full = systems.flatMap((system) => {
    const { fitting, refusals } = fitOf(system, views, settings);
    return fitting.size > 0 ? [] : [{ message: describeRefusals(system, refusals), remedy: remedyFor(refusals) }];
  });
  if (full.length === 0) return [];
  // Where another system has a node, somebody may have meant it so.
  const health = full.length === systems.length ? 'FAIL' : 'WARN';
  return full.map((found) => ({ health, check: 'nodes', ...found }));
}

const remedies: readonly (readonly [begin: string, remedy: string])[] = [
  [
    'repelled by label',
    'change --node-repel (nodes.repel): a cluster whose only node is its control plane builds nothing when that is repelled; ' +
      'or remove the label enbi.hrzn.ee/repel from a node',
  ],
  ['taint ', 'name the taint in --tolerations (nodes.tolerations), or remove it from a node with kubectl taint'],
  ['cordoned', 'kubectl uncordon, when the work on the node is done'],
];

function remedyFor(refusals: ReadonlyMap<string, number>): string {
  const whys = [...refusals.keys()];
  const lines = remedies.filter(([begin]) => whys.some((why) => why.startsWith(begin))).map(([, remedy]) => remedy);
  return lines.length === 0 ? 'see the findings of each node' : lines.join('\n');
}
