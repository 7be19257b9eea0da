import { expect, test } from 'vitest';
import { add, empty, oneFailure, summaryOf } from './tally.ts';

test('what failed is told before the numbers, which are the last line', () => {
  const total = add({ ...empty, passed: 3, skipped: 1 }, oneFailure('lint'));
  expect(summaryOf(total)).toBe('✗ lint\n\n3 passed, 1 failed, 1 skipped');
});

test('where nothing failed, the numbers are all', () => {
  expect(summaryOf({ ...empty, passed: 3 })).toBe('3 passed, 0 failed, 0 skipped');
});
