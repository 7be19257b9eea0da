import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdleNodes } from './idle-nodes.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${String(index).padStart(4, '0')}`);

/** Takes one after the other; `looks` counts how often a node's load was asked for. */
function taker(loads: Map<string, number>, most: number) {
  let looks = 0;
  const loadOf = (node: string) => {
    looks++;
    return loads.get(node) ?? 0;
  };
  const isFull = (node: string) => (loads.get(node) ?? 0) >= most;
  const idle = new IdleNodes(loads.keys(), loadOf);
  const take = () => {
    const node = idle.first({ loadOf, isFull });
    if (node !== undefined) loads.set(node, (loads.get(node) ?? 0) + 1);
    return node;
  };
  return { take, looks: () => looks };
}

it('gives the idlest, then the first by name, until all are full', () => {
  const loads = new Map([
    ['b', 1],
    ['a', 1],
    ['c', 0],
  ]);
  const { take } = taker(loads, 2);
  expect([take(), take(), take(), take(), take()]).toEqual(['c', 'a', 'b', 'c', undefined]);
});

it('gives what going through all would give, whoever else takes meanwhile', () => {
  const steps = fc.array(fc.option(fc.constantFrom(...names(6)), { freq: 2, nil: undefined }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }), steps, (given, others) => {
      const loads = new Map(names(6).map((name, at) => [name, given[at] ?? 0]));
      const { take } = taker(loads, 4);
      for (const other of others) {
        const free = [...loads].filter(([, load]) => load < 4).toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
        if (other === undefined) expect(take()).toBe(free[0]?.[0]);
        else loads.set(other, (loads.get(other) ?? 0) + 1);
      }
    }),
  );
});

it('goes through all of a thousand nodes once, however many are given', () => {
  const { take, looks } = taker(new Map(names(1000).map((name) => [name, 0])), 4);
  for (let given = 0; given < 500; given++) take();
  expect(looks()).toBeLessThanOrEqual(1000 + 2 * 500);
});

it('a copy has the nodes that are full to somebody else', () => {
  const loadOf = () => 0;
  const all = new IdleNodes(names(2), loadOf);
  const [one, other] = [all.copy(), all.copy()];
  expect(one.first({ loadOf, isFull: () => true })).toBeUndefined();
  expect(other.first({ loadOf, isFull: () => false })).toBe('n0000');
});
