import { expect, test } from 'vitest';
import { growthIn, isLeak, printGrowth } from './growth.ts';
import type { ProcessSample } from './process-sample.ts';

const at = (heapMiB: number, process = 'one@1'): ProcessSample => ({ process, heapMiB, rssMiB: 90, sockets: 14 });
const leaks = (samples: readonly ProcessSample[]) =>
  growthIn(samples)
    .filter(isLeak)
    .map(({ process, figure }) => `${process} ${figure}`);

test.each<[string, readonly number[], readonly string[]]>([
  ['what stays is no leak', [17, 17, 17, 17, 17, 17], []],
  ['what warms up and then stays is none', [12, 15, 17, 17.2, 17.1, 17.3], []],
  ['what comes and goes is none', [17, 17, 17, 25, 17, 24, 17.2, 26, 17.1], []],
  ['what grows with every action is one', [17, 18, 19, 20, 21, 22, 23, 24, 25], ['one@1 heapMiB']],
  ['too few samples tell nothing', [17, 20, 23, 26, 29], []],
])('%s', (_, heaps, expected) => {
  expect(leaks(heaps.map((heap) => at(heap)))).toEqual(expected);
});

test('each process is held against itself, by its sockets, too', () => {
  const growing = Array.from({ length: 9 }, (_, index) => ({ ...at(17), sockets: 14 + index }));
  const other = Array.from({ length: 9 }, () => at(30, 'two@1'));
  expect(leaks([...other, ...growing])).toEqual(['one@1 sockets']);
});

test('a growth tells what it was judged by', () => {
  const [heap] = growthIn([17, 17, 17, 17, 20, 20].map((mebibytes) => at(mebibytes)));
  expect(heap && printGrowth(heap)).toBe('one@1 heapMiB: 17.0, later 20.0, at most 18.9 (6 samples): GROWS');
});
