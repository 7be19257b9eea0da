import { repelLabel } from '../../api/labels.ts';
import type { NodeView, Taint } from '../../cluster-view/node.ts';
import { runtimeHoles } from '../../cluster-view/runtime-holes.ts';
import { systemsOf } from '../../cluster-view/system.ts';
import type { BuildSettings, Toleration } from './settings.ts';

export type FitSettings = Pick<BuildSettings, 'repels' | 'tolerations' | 'refuseVulnerableNodes'>;

/** Nodes that can build for a system, and of the others how many each reason refuses. */
export interface Fit {
  /** By name. */
  readonly fitting: ReadonlySet<string>;
  readonly refusals: ReadonlyMap<string, number>;
}

export function fitOf(system: string, nodes: readonly NodeView[], settings: FitSettings): Fit {
  const fitting = new Set<string>();
  const refusals = new Map<string, number>();
  for (const node of nodes) {
    const refusal = refusalOf(node, system, settings);
    if (refusal === undefined) fitting.add(node.metadata.name);
    else refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
  }
  return { fitting, refusals };
}

/** More systems than there are; whoever makes up others is answered as well. */
const mostSystems = 50;

/** What nodes can build for, found out once for each system. */
export class Fits {
  readonly #nodes: readonly NodeView[];
  readonly #settings: FitSettings;
  readonly #known = new Map<string, Fit>();

  constructor(nodes: readonly NodeView[], settings: FitSettings) {
    this.#nodes = nodes;
    this.#settings = settings;
  }

  of(system: string): Fit {
    const known = this.#known.get(system);
    if (known !== undefined) return known;
    if (this.#known.size >= mostSystems) this.#known.clear();
    const fit = fitOf(system, this.#nodes, this.#settings);
    this.#known.set(system, fit);
    return fit;
  }
}

type Rule = (node: NodeView, system: string, settings: FitSettings) => string | undefined;

/** What a node is. */
const kindRules: readonly Rule[] = [
  (node) => (node.os === '' || node.os === 'linux' ? undefined : 'not linux'),
  (node, system) => (buildsFor(node, system) ? undefined : 'another system'),
  (node) => (node.runtime.startsWith('containerd://') ? undefined : 'container runtime is not containerd'),
  ({ runtime }, _, settings) =>
    settings.refuseVulnerableNodes && runtimeHoles(runtime).state === 'known'
      ? 'container runtime is vulnerable'
      : undefined,
];

const isRepelled: Rule = (node, _, settings) => (repelsBuilds(node, settings) ? 'repelled by label' : undefined);

/** By its own label, or by those that a setting names. */
export function repelsBuilds(node: NodeView, { repels }: Pick<FitSettings, 'repels'>): boolean {
  return repelLabel in (node.metadata.labels ?? {}) || repels(node);
}

/** What a person would mend last comes first: a node of another system is not worth uncordoning. */
const rules: readonly Rule[] = [
  ...kindRules,
  (node) => (node.ready ? undefined : 'not ready'),
  (node) => (node.unschedulable ? 'cordoned' : undefined),
  isRepelled,
  (node) => node.taints.map(({ key }) => pressures.get(key)).find((pressure) => pressure !== undefined),
  (node, _, settings) => untolerated(node, settings.tolerations),
];

/** Whatever is tolerated: a build on such a node would be evicted, or not even start. */
export const pressures: ReadonlyMap<string, string> = new Map([
  ['node.kubernetes.io/disk-pressure', 'disk pressure'],
  ['node.kubernetes.io/memory-pressure', 'memory pressure'],
  ['node.kubernetes.io/pid-pressure', 'PID pressure'],
  ['node.kubernetes.io/network-unavailable', 'network unavailable'],
]);

/** What keeps builds off a node whatever state it is in: not that it is cordoned, away or short of something just now. */
const lastingRules: readonly Rule[] = [
  ...kindRules,
  isRepelled,
  (node, _, settings) =>
    untolerated({ ...node, taints: node.taints.filter(({ key }) => !isState(key)) }, settings.tolerations),
];

function isState(taint: string): boolean {
  return taint.startsWith('node.kubernetes.io/') || taint.startsWith('node.cloudprovider.kubernetes.io/');
}

/** Why a node is none for a build, though it has one there. */
export function lastingRefusalOf(node: NodeView, system: string, settings: FitSettings): string | undefined {
  return firstOf(lastingRules, { node, system, settings });
}

function refusalOf(node: NodeView, system: string, settings: FitSettings): string | undefined {
  return firstOf(rules, { node, system, settings });
}

function firstOf(
  tried: readonly Rule[],
  { node, system, settings }: { readonly node: NodeView; readonly system: string; readonly settings: FitSettings },
): string | undefined {
  for (const rule of tried) {
    const refusal = rule(node, system, settings);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function buildsFor(node: NodeView, system: string): boolean {
  return systemsOf(node).has(system);
}

function untolerated(node: NodeView, tolerations: readonly Toleration[]): string | undefined {
  const taint = node.taints
    .filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute')
    .find((hard) => !tolerations.some((toleration) => matches(toleration, hard)));
  if (taint === undefined) return undefined;
  const { key, value, effect } = taint;
  return `taint ${key}${value === '' ? '' : `=${value}`}:${effect} not tolerated`;
}

function matches(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false;
  if (toleration.key === undefined) return toleration.operator === 'Exists';
  if (toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === taint.value;
}

/** Taints may differ from node to node: a message is not a list of nodes. */
const mostReasons = 8;

/** For example `no node can build for aarch64-linux: 2 cordoned, 1 another system`; the commonest reason first. */
export function describeRefusals(system: string, counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return `no node can build for ${system}: the cluster has no nodes`;
  const sorted = [...counts].toSorted(([a, left], [b, right]) => right - left || a.localeCompare(b));
  const named = sorted.slice(0, mostReasons).map(([why, count]) => `${count} ${why}`);
  const others = sorted.slice(mostReasons).reduce((sum, [, count]) => sum + count, 0);
  const rest = others === 0 ? [] : [`${others} for other reasons`];
  return `no node can build for ${system}: ${[...named, ...rest].join(', ')}`;
}
