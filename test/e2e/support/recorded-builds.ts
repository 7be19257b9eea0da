import type { TestContext } from 'vitest';
import { followKubectl, type KubectlProgram } from '../../support/kubectl.ts';

/** When NixBuilds of some namespaces were under way, as told by the order of their changes. */
export interface RecordedBuilds {
  /** The namespace of each, in the order in which they were given a place. */
  begun(): readonly string[];
  /** The most there ever were at once, in all and on one node. */
  most(): { readonly inAll: number; readonly onOneNode: number };
}

const columns = {
  namespace: '.metadata.namespace',
  name: '.metadata.name',
  status: '.status.status',
  node: '.status.buildNode',
  next: '.status.nextAttemptTime',
};

/** Records from now on until the test ends. */
export function recordBuilds(
  how: KubectlProgram,
  namespaces: readonly string[],
  onTestFinished: TestContext['onTestFinished'],
): RecordedBuilds {
  const nodes = new Map<string, string>();
  const begun = new Map<string, string>();
  const most = { inAll: 0, onOneNode: 0 };
  const stop = new AbortController();
  const output = Object.entries(columns).map(([title, path]) => `${title}:${path}`);
  const args = ['get', 'nixbuilds', '--all-namespaces', '--watch', '--no-headers'];
  const following = followKubectl(
    how,
    [...args, `--output=custom-columns=${output.join(',')}`],
    stop.signal,
    (line) => {
      const [namespace = '', name = '', status = '', node = '', next = ''] = line.trim().split(/\s+/);
      if (!namespaces.includes(namespace)) return;
      const pending = status === 'Pending' && node !== '<none>' && next === '<none>';
      const key = `${namespace}/${name}`;
      if (pending || status === 'Building' || status === 'Importing') {
        nodes.set(key, node);
        begun.set(key, namespace);
      } else nodes.delete(key);
      const all = [...nodes.values()];
      most.inAll = Math.max(most.inAll, all.length);
      most.onOneNode = Math.max(most.onOneNode, all.filter((other) => other === node).length);
    },
  );
  onTestFinished(async () => {
    stop.abort();
    await following;
  });
  return { begun: () => [...begun.values()], most: () => ({ ...most }) };
}
