import { expect, test } from 'vitest';
import { oneOf, seeded } from './seeded.ts';

test('a seed gives the same numbers each time, and another seed others', () => {
  const numbers = (seed: number) => Array.from({ length: 5 }, seeded(seed));
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
});

test('every choice comes up', () => {
  const random = seeded(1);
  const chosen = Array.from({ length: 200 }, () => oneOf(random, ['a', 'b', 'c']));
  expect(new Set(chosen)).toEqual(new Set(['a', 'b', 'c']));
});
