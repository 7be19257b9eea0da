import { repelLabel } from '../../api/labels.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import { describeRefusals, type FitSettings, fitOf } from '../../controllers/builds/node-fit.ts';
import type { Facts } from './facts.ts';
import { byCommand, type Finding } from './finding.ts';

const defaults: FitSettings = { repels: () => false, tolerations: [], refuseVulnerableNodes: false };

/** Whether there is a node for builds at all: each node alone may look well, and every build wait. */
export function judgeRoom({ nodes, controller, kubectl }: Facts): readonly Finding[] {
  if (nodes === 'forbidden' || nodes.length === 0) return [];
  const settings = (controller === 'forbidden' ? undefined : controller?.settings) ?? defaults;
  const views = nodes.map(({ view }) => view);
  const systems = [...new Set(views.flatMap((view) => nativeSystem(view) ?? []))].toSorted();
  const full = systems.flatMap((system) => {
    const { fitting, refusals } = fitOf(system, views, settings);
    if (fitting.size > 0) return [];
    const refused = views.map((view) => ({ view, why: refusalOf(system, view, settings) }));
    return [{ message: describeRefusals(system, refusals), ...remedyFor(refused, kubectl) }];
  });
  if (full.length === 0) return [];
  // Where another system has a node, somebody may have meant it so.
  const health = full.length === systems.length ? 'FAIL' : 'WARN';
  return full.map((found) => ({ health, check: 'nodes', ...found }));
}

interface Refused {
  readonly view: NodeView;
  readonly why: string;
}

type Remedy = Pick<Finding, 'remedy' | 'commands'>;

function refusalOf(system: string, view: NodeView, settings: FitSettings): string {
  return [...fitOf(system, [view], settings).refusals.keys()].join();
}

/** Of each reason that people can take away, for the first node that it refuses. */
function remedyFor(refused: readonly Refused[], kubectl: string): Remedy {
  const found = remedies.flatMap(([begin, remedy]) => {
    const first = refused.find(({ why }) => why.startsWith(begin));
    return first === undefined ? [] : [remedy(first, kubectl)];
  });
  if (found.length === 0) return { remedy: 'see the findings of each node' };
  return {
    remedy: found.map(({ remedy }) => remedy).join('\n'),
    commands: found.flatMap(({ commands = [] }) => commands),
  };
}

const remedies: readonly (readonly [begin: string, remedy: (refused: Refused, kubectl: string) => Remedy])[] = [
  ['repelled by label', unrepelled],
  ['taint ', untainted],
  [
    'cordoned',
    ({ view }, kubectl) => byCommand(`${kubectl} uncordon ${view.metadata.name}`, 'when the work on the node is done'),
  ],
];

function unrepelled({ view: { metadata } }: Refused, kubectl: string): Remedy {
  const own = Object.hasOwn(metadata.labels ?? {}, repelLabel);
  if (own) return byCommand(`${kubectl} label node ${metadata.name} ${repelLabel}-`, 'if builds may run on the node');
  return {
    remedy:
      'change --node-repel (nodes.repel): a cluster whose only node is its control plane builds nothing when that is repelled',
  };
}

/** As a refusal names it, and `kubectl taint` takes it. */
function untainted({ view: { metadata }, why }: Refused, kubectl: string): Remedy {
  const taint = why.split(' ')[1] ?? '';
  const command = `${kubectl} taint node ${metadata.name} ${taint}-`;
  return byCommand(command, 'name the taint in --tolerations (nodes.tolerations), or remove it from the node');
}
