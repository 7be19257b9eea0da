import { expect, test } from 'vitest';
import { type Attack, mustHold } from './attack.ts';
import { outcomeOf, summaryOfOutcomes, tableOfOutcomes } from './outcome.ts';

const attack = { name: 'some-attack' } as Attack;

test('an attack that ends has been held off', async () => {
  expect(await outcomeOf(attack, async () => undefined)).toMatchObject({ result: 'held', why: '' });
});

test('what must hold and does not is broken', async () => {
  const outcome = await outcomeOf(attack, async () => mustHold(false, 'it was read\nby all'));
  expect(outcome).toMatchObject({ result: 'broken', why: 'it was read\nby all' });
  expect(tableOfOutcomes([outcome])).toMatch(/^some-attack {2}broken {8}0 s {2}it was read$/);
});

test('an attack that could not be tried proves nothing, and is counted apart', async () => {
  const outcome = await outcomeOf(attack, () => Promise.reject(new Error('connection refused')));
  expect(outcome).toMatchObject({ result: 'not tried', why: 'connection refused' });
  expect(summaryOfOutcomes([outcome])).toBe('0 held, 0 broken, 1 not tried');
});
