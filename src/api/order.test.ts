import { expect, test } from 'vitest';
import { directoryOf, PrepareOrder, RemoveOrder, type StorePlace } from './order.ts';

const scope = '0123456789abcdef'.repeat(2);

test.each([
  ['a name of another length', `${scope}0`],
  ['nothing', ''],
  ['a way out', '../'.repeat(10).concat('ab')],
  ['what an earlier enbi had beside a store', 'import'],
  ['capitals', scope.toUpperCase()],
  ['a line break behind it', `${scope}\n`],
  ['a second dot', `${scope.slice(0, 31)}.`],
])('no store is prepared or removed whose scope is %s', (_, wrong) => {
  for (const schema of [PrepareOrder, RemoveOrder]) {
    expect(schema.safeParse({ tenant: 'team', scope }).success).toBe(true);
    expect(schema.safeParse({ tenant: 'team' }).success).toBe(true);
    expect(schema.safeParse({ tenant: 'team', scope: wrong }).success).toBe(false);
  }
});

test('no two stores are in one directory', () => {
  const places: readonly StorePlace[] = [
    { tenant: 'team' },
    { tenant: 'team', scope },
    { tenant: 'team', scope: scope.replace('0', '1') },
    { tenant: `team-${scope}` },
    { tenant: scope },
    { tenant: 'import' },
  ];
  const directories = places.map(directoryOf);
  expect(new Set(directories).size).toBe(places.length);
});
