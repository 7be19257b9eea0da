import { expect, test } from 'vitest';
import { tableOf } from './table.ts';

test('each part has a line, its numbers below each other', () => {
  const lines = [
    { name: 'k3s', passed: 9, failed: 0, skipped: 0, seconds: 61.4 },
    { name: 'debian-12', passed: 10, failed: 1, skipped: 0, seconds: 118.6 },
  ];
  expect(tableOf(lines).split('\n')).toEqual([
    '           passed  failed skipped seconds',
    'k3s             9       0       0      61',
    'debian-12      10       1       0     119',
  ]);
});
