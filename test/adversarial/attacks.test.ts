import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { attacks } from './attacks.ts';

test('every file of attacks/ is in the list, by its name', () => {
  const files = readdirSync(join(import.meta.dirname, 'attacks')).map((file) => basename(file, '.ts'));
  expect(attacks.map(({ name }) => name)).toEqual(files.toSorted());
});

test.each(attacks)('$name says whose rights it takes, what is done and what must hold', (attack) => {
  for (const sentence of [attack.rights, attack.steps, attack.holds]) {
    // A row of a table: one line, no column's end.
    expect(sentence).toMatch(/^[^\n|]{7,240}[^\n|.]$/);
  }
});

test.each(attacks)('the flakes of $name are named after it', ({ name, repositories = {} }) => {
  for (const repository of Object.keys(repositories)) expect(repository.startsWith(name)).toBe(true);
});
