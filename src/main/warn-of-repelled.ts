import type { NodeView } from '../cluster-view/node.ts';
import { type FitSettings, repelsBuilds } from '../controllers/builds/node-fit.ts';
import type { Log } from '../runtime/log.ts';
import type { ObjectStore } from '../runtime/store.ts';

const warning =
  'no node builds anything: each has the label enbi.hrzn.ee/repel, or labels that --node-repel (nodes.repel) names. ' +
  'In a small cluster the control plane is often the only node';

/** Says once that every node is repelled, and again after there was one that was not: to its owner enbi would seem to be asleep. */
export function warnOfRepelled(
  nodes: Pick<ObjectStore<NodeView>, 'list' | 'subscribe' | 'synced' | 'whenSynced'>,
  settings: Pick<FitSettings, 'repels'>,
  log: Pick<Log, 'warn'>,
): void {
  let isTold = false;
  const look = (): void => {
    if (!nodes.synced) return;
    const all = nodes.list();
    const none = all.length > 0 && all.every((node) => repelsBuilds(node, settings));
    if (none && !isTold) log.warn({ nodes: all.length }, warning);
    isTold = none;
  };
  nodes.subscribe(look);
  void nodes.whenSynced.then(look);
}
