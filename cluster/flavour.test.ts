import { expect, test } from 'vitest';
import { assertAsWished, usual, type Wishes } from './flavour.ts';

const running = { ...usual, nodes: 2 };

test.each<[string, Wishes]>([
  ['nothing in particular', {}],
  ['what runs', running],
  ['a part of what runs', { layout: 'plain' }],
])('a wish for %s is met', (_, wishes) => {
  expect(() => assertAsWished('x', wishes, running)).not.toThrow();
});

test('another cluster than the one that runs is refused, with what differs and what to do', () => {
  const refused = () => assertAsWished('x', { nodes: 1, layout: 'k3s', kubernetes: 'newest' }, running);
  expect(refused).toThrow(
    'cluster "x" is up with --nodes 2 --layout plain, not --nodes 1 --layout k3s; remove it with: npm run cluster -- down --name x',
  );
});
