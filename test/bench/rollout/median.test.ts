import { expect, test } from 'vitest';
import { medianOf, medians } from './median.ts';

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 2, 2, 2, 1], 2],
])('of %j is %d', (numbers, median) => expect(medianOf(numbers)).toBe(median));

test('each stage has its own', () => {
  const runs = [
    { build: 1, push: 9 },
    { build: 2, push: 8 },
    { build: 3, push: 7 },
  ];
  expect(medians(['build', 'push'], runs)).toEqual({ build: 2, push: 8 });
});
