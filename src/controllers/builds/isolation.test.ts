import { expect, test } from 'vitest';
import { aNamespace, aNode } from '../../../test/support/builders.ts';
import { isolationFor } from './isolation.ts';

const able = aNode();
const unable = aNode({ userNamespaces: false });
const wants = (mode: string) => aNamespace('', { 'enbi.hrzn.ee/isolation': mode });

test.each([
  ['sandboxes where node and namespace allow it', able, aNamespace(), 'Auto', 'Sandboxed'],
  ['does without user namespaces', unable, aNamespace(), 'Auto', 'Unprivileged'],
  ['keeps a restricted namespace restricted', able, aNamespace('restricted'), 'Auto', 'Unprivileged'],
  ['keeps a baseline namespace baseline', able, aNamespace('baseline'), 'Sandboxed', 'Unprivileged'],
  ['follows the setting', able, aNamespace(), 'Unprivileged', 'Unprivileged'],
  ['lets a namespace ask', able, wants('Sandboxed'), 'Unprivileged', 'Sandboxed'],
  ['ignores what no mode is called', able, wants('Root'), 'Auto', 'Sandboxed'],
] as const)('%s', (_, node, namespace, setting, expected) => {
  expect(isolationFor(node, namespace, setting)).toBe(expected);
});
