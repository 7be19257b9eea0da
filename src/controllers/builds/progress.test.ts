import { expect, test } from 'vitest';
import { progressOf } from './progress.ts';

const seen = (log: string | undefined) => ({ job: undefined, pod: undefined, log });

test.each([
  ['the newest line', '[enbi] progress: 1 of 3\nnoise\n[enbi] progress: 2 of 3\n', '1 of 3', '2 of 3'],
  ['the stage, before there is a line', 'noise\n', undefined, 'building'],
  ['what it was, while the log cannot be read', undefined, '1 of 3', '1 of 3'],
  ['the stage, when it was nothing and the log cannot be read', undefined, undefined, 'building'],
])('progress is %s', (_, log, before, expected) => {
  expect(progressOf(seen(log), 'building', before)).toBe(expected);
});
