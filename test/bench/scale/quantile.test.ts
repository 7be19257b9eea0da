import { expect, test } from 'vitest';
import { quantile } from './quantile.ts';

test.each([
  [[3, 1, 2], 0.5, 2],
  [Array.from({ length: 100 }, (_, index) => 100 - index), 0.99, 99],
  [Array.from({ length: 100 }, (_, index) => index + 1), 0.5, 50],
  [[7], 0.99, 7],
])('of %j the quantile %d', (numbers, share, expected) => {
  expect(quantile(numbers, share)).toBe(expected);
});
