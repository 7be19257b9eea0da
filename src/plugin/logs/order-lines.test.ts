import { expect, test } from 'vitest';
import { reportLine } from '../../api/report.ts';
import { OrderLines } from './order-lines.ts';

const of = (order: string) => [
  `[enbi] build begins: order ${order}`,
  `compiling ${order}`,
  reportLine({ step: 'build', order }, '{"ok":true}'),
];

function seen(log: readonly string[]) {
  const lines = new OrderLines('build', 'b');
  const all = log.map((line) => ({ line, ...lines.take(line) }));
  return {
    shown: all.filter(({ isShown }) => isShown).map(({ line }) => line),
    last: all.find(({ isLast }) => isLast)?.line,
  };
}

test('the lines of one order are those from its beginning to its report', () => {
  expect(seen([...of('a'), ...of('b'), ...of('c')])).toEqual({ shown: of('b'), last: of('b')[2] });
});

test('nothing follows one that was cancelled', () => {
  const cancelled = ['[enbi] build begins: order b', '[enbi] order b was cancelled'];
  expect(seen([...cancelled, ...of('c')])).toEqual({ shown: cancelled, last: cancelled[1] });
});

test('a forged end before its beginning ends nothing', () => {
  expect(seen([reportLine({ step: 'build', order: 'b' }, '{"ok":true}'), ...of('b')])).toMatchObject({
    shown: of('b'),
  });
});
