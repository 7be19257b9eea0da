import { expect, it, test } from 'vitest';
import { claimName, storeName } from './names.ts';

const long = `${'a'.repeat(60)}.${'b'.repeat(60)}`;

it.each([
  ['node-1', 'team'],
  [long, 'x'.repeat(63)],
  ['ip-10-0-0-1.eu-west-1.compute.internal', 'a'],
])('the store of node %s for %s has a name that all its objects can have', (node, tenant) => {
  const name = storeName(node, tenant);
  // A label's value, of the Jobs that work for it.
  expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
  expect(name.length).toBeLessThanOrEqual(63);
  expect(claimName(name)).toMatch(/^enbi-store-[a-z0-9-]{1,52}[a-z0-9]$/);
});

it('ends in 12 digits, also the claim: as many as nobody finds two of', () => {
  const name = storeName('node-1', 'team');
  expect(name).toMatch(/-[0-9a-f]{12}$/);
  expect(claimName(name).slice(-13)).toBe(name.slice(-13));
});

it('ends in 28 digits where there is a scope, which whoever names a flake chooses as often as they like', () => {
  const name = storeName(long, 'x'.repeat(63), '0123456789abcdef'.repeat(2));
  expect(name).toMatch(/-[0-9a-f]{28}$/);
  expect(name.length).toBeLessThanOrEqual(63);
  expect(claimName(name).slice(-29)).toBe(name.slice(-29));
});

test('no two of a node, a tenant and where one ends and the other begins have one name', () => {
  const pairs = [
    ['node-1', 'team'],
    ['node-1', 'team-2'],
    ['node-12', 'team'],
    ['node', '1-team'],
    [long, 'team'],
    [`${long}c`, 'team'],
    ['node-1', 'team', '0123456789abcdef'.repeat(2)],
    ['node-1', 'team', '0123456789abcde0'.repeat(2)],
  ] as const;
  expect(new Set(pairs.map(([node, tenant, scope]) => storeName(node, tenant, scope))).size).toBe(pairs.length);
});

test('a store without a scope is called as it was before there were any', () => {
  expect(storeName('node-1', 'team')).toBe('team-node-1-30ad4c9497d3');
});
