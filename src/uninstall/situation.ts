import { label } from '../api/labels.ts';
import type { NodeView } from '../cluster-view/node.ts';
import type { JobView } from '../cluster-view/objects.ts';
import type { PodView } from '../cluster-view/pod.ts';
import type { Action } from '../runtime/plan.ts';
import type { Remains } from './observe.ts';

export interface UninstallOptions {
  /** Whether the stores' directories go from the nodes as well. */
  readonly purge: boolean;
  /** enbi's own. */
  readonly namespace: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** Tells the Jobs of this uninstallation from those of one that failed. */
  readonly instance: string;
}

export interface Situation extends Remains, Disks {
  readonly options: UninstallOptions;
}

/**
 * What this uninstallation has come to know of the nodes' disks, by name of the node. Kept in memory: the records are gone
 * before the end, and whoever begins again asks every node again.
 */
export interface Disks {
  /** Done with: purged, or given up. */
  readonly dealtWith: ReadonlySet<string>;
  /** Where something may have been left although it was to go. */
  readonly left: ReadonlySet<string>;
  /** Objects that were deleted and that others hold, for people: they go when those let go of them. */
  readonly held: ReadonlySet<string>;
}

/** What is to be done now. Absent `end`: look again. */
export interface Step {
  /** For the one who waits: what is going on. */
  readonly say: string;
  readonly actions: readonly Action[];
  readonly end?: 'done' | 'failed';
}

export type Rule = (situation: Situation) => Step | undefined;

/** A Job that removes stores for this uninstallation. */
export function isOurOwn({ metadata }: JobView, { instance, namespace }: UninstallOptions): boolean {
  return metadata.namespace === namespace && metadata.labels?.[label.uninstall] === instance;
}

/** Nodes whose kubelet answers; what is on the others cannot be ended or removed. */
export function reachable({ nodes }: Situation): readonly NodeView[] {
  return nodes.filter(({ ready }) => ready);
}

/** A Pod that its kubelet will not end: its node left or does not answer. */
export function isLost(pod: PodView, situation: Situation): boolean {
  return pod.nodeName !== undefined && !reachable(situation).some(({ metadata }) => metadata.name === pod.nodeName);
}
