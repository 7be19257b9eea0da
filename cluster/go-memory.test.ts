import { expect, test } from 'vitest';
import { memoryForGo } from './go-memory.ts';

const generous = { GOGC: 'off', GOMEMLIMIT: '1572864000' };

test.each([
  ['plenty of memory', 22e9, 2, generous],
  ['4 GB for two compilers', 4e9, 2, generous],
  ['less than two compilers may take', 3.8e9, 2, {}],
  ['much memory, but for many compilers', 22e9, 16, {}],
  ['the least that is asked for', 2e9, 2, {}],
  ['one core', 2e9, 1, generous],
])('with %s', (_, free, cores, expected) => {
  expect(memoryForGo(free, cores)).toEqual(expected);
});
