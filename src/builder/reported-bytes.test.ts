import { expect, test } from 'vitest';
import { reportedBytes } from './reported-bytes.ts';

test.each([
  [0, 0],
  [1234.5, 1234],
  [-1, 0],
  [Number.NaN, 0],
  [2 ** 50, 2 ** 50],
  [2 ** 53, 2 ** 50],
  [Number.POSITIVE_INFINITY, 2 ** 50],
])('%d bytes are reported as %d', (bytes, reported) => {
  expect(reportedBytes(bytes)).toBe(reported);
});
