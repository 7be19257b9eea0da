import { describe, expect, it, test } from 'vitest';
import { aNode, someSettings } from '../../../test/support/builders.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import { describeRefusals, fitOf, lastingRefusalOf } from './node-fit.ts';

function fits(node: NodeView, settings = someSettings()): boolean {
  return fitOf('x86_64-linux', [node], settings).fitting.has(node.metadata.name);
}

function taint(key: string, effect = 'NoSchedule', value = '') {
  return { key, value, effect };
}

const everything = [{ operator: 'Exists' as const }];

test.each<[string, Parameters<typeof aNode>[0], string | undefined]>([
  ['is cordoned', { unschedulable: true, taints: [taint('node.kubernetes.io/unschedulable')] }, undefined],
  ['is away', { ready: false, taints: [taint('node.kubernetes.io/unreachable', 'NoExecute')] }, undefined],
  ['is short of disk', { taints: [taint('node.kubernetes.io/disk-pressure')] }, undefined],
  ['repels builds', { labels: { 'enbi.hrzn.ee/repel': '' }, unschedulable: true }, 'repelled by label'],
  ['is for others', { taints: [taint('dedicated')] }, 'taint dedicated:NoSchedule not tolerated'],
  ['is of another system', { architecture: 'arm64' }, 'another system'],
])('what has begun on a node that %s goes on there, or not', (_, node, why) => {
  expect(lastingRefusalOf(aNode(node), 'x86_64-linux', someSettings())).toBe(why);
});

describe('a node is refused that is', () => {
  test.each<[string, Parameters<typeof aNode>[0]]>([
    ['not linux', { os: 'windows', ready: false }],
    ['another system', { architecture: 'arm64', unschedulable: true }],
    ['another system', { architecture: 's390x' }],
    ['container runtime is not containerd', { runtime: 'cri-o://1.30' }],
    ['not ready', { ready: false, taints: [taint('node.kubernetes.io/not-ready')] }],
    ['cordoned', { unschedulable: true, taints: [taint('node.kubernetes.io/unschedulable')] }],
    ['repelled by label', { labels: { 'enbi.hrzn.ee/repel': '' } }],
    ['disk pressure', { taints: [taint('node.kubernetes.io/disk-pressure')] }],
    ['memory pressure', { taints: [taint('dedicated'), taint('node.kubernetes.io/memory-pressure')] }],
    ['PID pressure', { taints: [taint('node.kubernetes.io/pid-pressure')] }],
    ['network unavailable', { taints: [taint('node.kubernetes.io/network-unavailable')] }],
    ['taint dedicated:NoSchedule not tolerated', { taints: [taint('soft', 'PreferNoSchedule'), taint('dedicated')] }],
    ['taint for=gpu:NoExecute not tolerated', { taints: [taint('for', 'NoExecute', 'gpu')] }],
  ])('%s', (why, node) => {
    const { fitting, refusals } = fitOf('x86_64-linux', [aNode(node)], someSettings());
    expect([fitting.size, ...refusals]).toEqual([0, [why, 1]]);
  });

  it("repelled by the administrator's selector", () => {
    expect(fits(aNode(), someSettings({ repels: ({ metadata }) => metadata.name === 'node-1' }))).toBe(false);
  });

  test.each([
    ['its containerd has known holes, where those are refused', 'containerd://2.1.8', true, false],
    ['its containerd has known holes, where those are used', 'containerd://2.1.8', false, true],
    ['its containerd has none', 'containerd://2.1.9', true, true],
    ['its containerd is of a version that cannot be read', 'containerd://2.x', true, true],
  ])('or is taken: %s', (_, runtime, refuseVulnerableNodes, taken) => {
    const { fitting, refusals } = fitOf('x86_64-linux', [aNode({ runtime })], someSettings({ refuseVulnerableNodes }));
    expect([fitting.size === 1, ...refusals]).toEqual(taken ? [true] : [false, ['container runtime is vulnerable', 1]]);
  });

  test.each([
    ['under pressure', aNode({ taints: [taint('node.kubernetes.io/disk-pressure')] })],
    ['cordoned', aNode({ unschedulable: true })],
    ['not ready', aNode({ ready: false })],
  ])('%s, whatever is tolerated', (_, node) => {
    expect(fits(node, someSettings({ tolerations: everything }))).toBe(false);
  });
});

describe('a node fits', () => {
  test.each([
    ['with soft taints', aNode({ taints: [taint('soft', 'PreferNoSchedule')] }), []],
    ['with a taint whose key is tolerated', aNode({ taints: [taint('a')] }), [{ key: 'a', operator: 'Exists' }]],
    ['with any taint when all are tolerated', aNode({ taints: [taint('a', 'NoExecute')] }), everything],
    [
      'with a taint whose value and effect are tolerated',
      aNode({ taints: [taint('a', 'NoExecute', 'b')] }),
      [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute' }],
    ],
    [
      'that declares the system',
      aNode({ architecture: 'arm64', annotations: { 'enbi.hrzn.ee/systems': 'armv7l-linux, x86_64-linux' } }),
      [],
    ],
  ] as const)('%s', (_, node, tolerations) => expect(fits(node, someSettings({ tolerations }))).toBe(true));

  test.each([
    ['value', [{ key: 'a', operator: 'Equal', value: 'c' }]],
    ['effect', [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }]],
    ['key', [{ key: 'b', operator: 'Exists' }]],
  ] as const)('not when a toleration is for another %s', (_, tolerations) => {
    expect(fits(aNode({ taints: [taint('a', 'NoSchedule', 'b')] }), someSettings({ tolerations }))).toBe(false);
  });
});

describe('the message', () => {
  it('says that there are no nodes', () => {
    expect(describeRefusals('x86_64-linux', new Map())).toBe(
      'no node can build for x86_64-linux: the cluster has no nodes',
    );
  });

  it('counts each reason, the commonest first', () => {
    const nodes = [
      aNode({ name: 'a', ready: false }),
      aNode({ name: 'b', unschedulable: true }),
      aNode({ name: 'c', unschedulable: true }),
    ];
    const { refusals } = fitOf('x86_64-linux', nodes, someSettings());
    expect(describeRefusals('x86_64-linux', refusals)).toBe(
      'no node can build for x86_64-linux: 2 cordoned, 1 not ready',
    );
  });

  it('stays short when every node has a taint of its own', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) =>
      aNode({ name: `n${index}`, taints: [taint(`t${index}`)] }),
    );
    const { refusals } = fitOf('x86_64-linux', nodes, someSettings());
    expect(describeRefusals('x86_64-linux', refusals)).toMatch(/^no node can build .{1,400}, 992 for other reasons$/);
  });
});
