import { describe, expect, it } from 'vitest';
import { aNode } from '../../test/support/builders.ts';
import type { NodeView } from '../cluster-view/node.ts';
import { MemoryLog } from '../runtime/memory-log.ts';
import type { Change } from '../runtime/store.ts';
import { warnOfRepelled } from './warn-of-repelled.ts';

const controlPlane = aNode({ labels: { 'node-role.kubernetes.io/control-plane': 'true' } });
const worker = aNode({ name: 'worker' });
const settings = {
  repels: ({ metadata }: NodeView) => 'node-role.kubernetes.io/control-plane' in (metadata.labels ?? {}),
};

/** How often it is said, while the nodes of the cluster are these, one list after the other. */
async function warnings(lists: readonly (readonly NodeView[])[]): Promise<number> {
  const log = new MemoryLog();
  const left = [...lists];
  let now = left.shift() ?? [];
  let tell: (change: Change<NodeView>) => void = () => undefined;
  const nodes = {
    list: () => now,
    subscribe: (listener: typeof tell) => ((tell = listener), () => undefined),
    synced: true,
    whenSynced: Promise.resolve(),
  };
  warnOfRepelled(nodes, settings, log);
  await nodes.whenSynced;
  for (const list of left) {
    now = list;
    tell({});
  }
  return log.messages('warn').filter((message) => message.startsWith('no node builds anything')).length;
}

describe('a setting that repels every node', () => {
  it.each<[string, (readonly NodeView[])[], number]>([
    ['is said', [[controlPlane]], 1],
    ['is said once', [[controlPlane], [controlPlane], [controlPlane]], 1],
    ['is said again after there was another node', [[controlPlane], [controlPlane, worker], [controlPlane]], 2],
    ['is nothing while one may build', [[controlPlane, worker], [worker]], 0],
    ['is nothing in a cluster without nodes', [[]], 0],
  ])('%s', async (_, lists, times) => {
    expect(await warnings(lists)).toBe(times);
  });
});
