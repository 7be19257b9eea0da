import { repelLabel } from '../../api/labels.ts';
import type { NodeView, Taint } from '../../cluster-view/node.ts';
import { extraSystems, nativeSystem } from '../../cluster-view/system.ts';
import type { BuildSettings, Toleration } from './settings.ts';

/** What is known of a node from the point of view of one build. */
export interface Candidate {
  readonly node: NodeView;
  /** Pods on it that wait for the image. */
  readonly waitingPods: number;
  /** The flake has been built there before. */
  readonly warm: boolean;
  readonly runningBuilds: number;
}

export type Choice = { readonly node: NodeView } | { readonly refusals: ReadonlyMap<string, number> };

/**
 * The node to build on: among those that fit, one where a Pod waits, then one whose store knows the flake, then the idlest,
 * then the first by name. With none, how many nodes each reason refuses, as the scheduler reports it.
 */
export function chooseNode(system: string, candidates: readonly Candidate[], settings: BuildSettings): Choice {
  const judged = candidates.map((candidate) => ({ candidate, refusal: refusalOf(candidate.node, system, settings) }));
  const fitting = judged.filter(({ refusal }) => refusal === undefined).map(({ candidate }) => candidate);
  const best = fitting.toSorted(byPreference)[0];
  if (best !== undefined) return { node: best.node };
  const refusals = new Map<string, number>();
  for (const { refusal } of judged) if (refusal !== undefined) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
  return { refusals };
}

function byPreference(a: Candidate, b: Candidate): number {
  return (
    b.waitingPods - a.waitingPods ||
    Number(b.warm) - Number(a.warm) ||
    a.runningBuilds - b.runningBuilds ||
    a.node.metadata.name.localeCompare(b.node.metadata.name)
  );
}

type Refusal = readonly [(node: NodeView, system: string, settings: BuildSettings) => boolean, string];

const refusals: readonly Refusal[] = [
  [(node) => node.os !== '' && node.os !== 'linux', 'not linux'],
  [(node, system) => !builds(node, system), 'another system'],
  [(node) => !node.runtime.startsWith('containerd://'), 'container runtime is not containerd'],
  [(node) => !node.ready, 'not ready'],
  [(node) => node.unschedulable, 'cordoned'],
  [(node, _, settings) => repelLabel in (node.metadata.labels ?? {}) || settings.repels(node), 'repelled by label'],
  [(node) => node.taints.some((taint) => taint.key === 'node.kubernetes.io/disk-pressure'), 'disk pressure'],
  [(node, _, settings) => !tolerates(node, settings.tolerations), 'taint not tolerated'],
];

function refusalOf(node: NodeView, system: string, settings: BuildSettings): string | undefined {
  return refusals.find(([applies]) => applies(node, system, settings))?.[1];
}

function builds(node: NodeView, system: string): boolean {
  return nativeSystem(node) === system || extraSystems(node).includes(system);
}

function tolerates(node: NodeView, tolerations: readonly Toleration[]): boolean {
  const hard = node.taints.filter((taint) => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute');
  return hard.every((taint) => tolerations.some((toleration) => matches(toleration, taint)));
}

function matches(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false;
  if (toleration.key === undefined) return toleration.operator === 'Exists';
  if (toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === taint.value;
}

/** For example `no node can build for aarch64-linux: 2 cordoned, 1 another system`. */
export function describeRefusals(system: string, counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return `no node can build for ${system}: the cluster has no nodes`;
  return `no node can build for ${system}: ${[...counts].map(([why, count]) => `${count} ${why}`).join(', ')}`;
}
