import { expect, test } from 'vitest';
import { aNode } from '../../test/support/builders.ts';
import { systemsOf } from './system.ts';

test.each([
  ['its own', 'arm64', undefined, ['aarch64-linux']],
  [
    'those it declares beside',
    'amd64',
    'aarch64-linux, riscv64-linux',
    ['x86_64-linux', 'aarch64-linux', 'riscv64-linux'],
  ],
  ['each once', 'arm64', 'aarch64-linux', ['aarch64-linux']],
  ['only those that can be one', 'amd64', 'x y,../../etc,,i686-linux', ['x86_64-linux', 'i686-linux']],
  ['none of an architecture Nix knows nothing of', 's390x', undefined, []],
])('a node builds for %s', (_, architecture, declared, systems) => {
  const annotations = declared === undefined ? {} : { 'enbi.hrzn.ee/systems': declared };
  const node = aNode();
  const seen = { ...node, architecture, metadata: { ...node.metadata, annotations } };
  expect([...systemsOf(seen)]).toEqual(systems);
});
