import { expect, it } from 'vitest';
import { label, manager } from '../api/labels.ts';
import { createStores } from '../cluster-view/stores.ts';
import { takeOverFrom } from './take-over.ts';

function added() {
  const keys = new Set<string>();
  return { keys, controller: { add: (key: string) => void keys.add(key) } as never };
}

it('looks at the agents of each node, and at those that are left of nodes that are gone', async () => {
  const stores = createStores();
  for (const store of Object.values(stores)) store.replace([], '0');
  const meta = (name: string) => ({ name, uid: `uid-${name}`, resourceVersion: '1' });
  stores.nodes.observeWrite({ metadata: meta('node-1'), spec: {}, status: {} });
  const labels = { [label.managedBy]: manager, [label.agentOf]: 'uid' };
  const annotations = { [label.agentNode]: 'node-gone' };
  stores.jobs.observeWrite({ metadata: { ...meta('enbi-agent-1'), namespace: 'enbi', labels, annotations }, spec: {} });
  const [agents, others] = [added(), added().controller];
  await takeOverFrom(stores, [], {
    agents: agents.controller,
    pods: others,
    builds: others,
    builders: others,
    stores: others,
  });
  expect([...agents.keys].toSorted()).toEqual(['node-1', 'node-gone']);
});
