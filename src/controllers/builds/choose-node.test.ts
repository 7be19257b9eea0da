import { describe, expect, it, test } from 'vitest';
import { aNode, someSettings } from '../../../test/support/builders.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import { type Candidate, chooseNode, describeRefusals } from './choose-node.ts';

function candidate(name: string, given: Partial<Candidate> = {}): Candidate {
  return { node: aNode({ name }), waitingPods: 0, warm: false, runningBuilds: 0, ...given };
}

function chosen(candidates: readonly Candidate[], settings = someSettings()): string | Record<string, number> {
  const choice = chooseNode('x86_64-linux', candidates, settings);
  return 'node' in choice ? choice.node.metadata.name : Object.fromEntries(choice.refusals);
}

function taint(key: string, effect = 'NoSchedule') {
  return { key, value: '', effect };
}

describe('preference', () => {
  test.each<[string, Candidate[], string]>([
    ['a node where Pods wait', [candidate('a', { warm: true }), candidate('b', { waitingPods: 2 })], 'b'],
    ['then a warm store', [candidate('a'), candidate('b', { warm: true, runningBuilds: 3 })], 'b'],
    ['then the idlest', [candidate('a', { runningBuilds: 1 }), candidate('b')], 'b'],
    ['then the first by name', [candidate('b'), candidate('a')], 'a'],
  ])('%s', (_, candidates, name) => expect(chosen(candidates)).toBe(name));
});

describe('refusal', () => {
  test.each<[string, NodeView]>([
    ['not ready', aNode({ ready: false })],
    ['cordoned', aNode({ unschedulable: true })],
    ['another system', aNode({ architecture: 'arm64' })],
    ['another system', aNode({ architecture: 's390x' })],
    ['not linux', aNode({ os: 'windows' })],
    ['container runtime is not containerd', aNode({ runtime: 'cri-o://1.30' })],
    ['repelled by label', aNode({ labels: { 'enbi.hrzn.ee/repel': '' } })],
    ['disk pressure', aNode({ taints: [taint('node.kubernetes.io/disk-pressure')] })],
    ['taint not tolerated', aNode({ taints: [taint('dedicated')] })],
  ])('%s', (why, node) => expect(chosen([{ ...candidate('x'), node }])).toEqual({ [why]: 1 }));

  it('spares tolerated and soft taints', () => {
    const node = aNode({ taints: [taint('dedicated'), taint('soft', 'PreferNoSchedule')] });
    expect(
      chosen([{ ...candidate('x'), node }], someSettings({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] })),
    ).toBe('node-1');
  });

  it('spares systems that a node declares', () => {
    const node = aNode({
      architecture: 'arm64',
      annotations: { 'enbi.hrzn.ee/systems': 'armv7l-linux, x86_64-linux' },
    });
    expect(chosen([{ ...candidate('x'), node }])).toBe('node-1');
  });

  it('is counted like the scheduler does', () => {
    expect(
      describeRefusals(
        'x86_64-linux',
        new Map([
          ['cordoned', 2],
          ['not ready', 1],
        ]),
      ),
    ).toBe('no node can build for x86_64-linux: 2 cordoned, 1 not ready');
  });
});
