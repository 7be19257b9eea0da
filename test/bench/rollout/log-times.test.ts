import { expect, test } from 'vitest';
import { timedLines, turnOf } from './log-times.ts';

const lines = timedLines(
  [
    '2026-01-02T03:04:05.100000001Z [enbi] fetch begins',
    '2026-01-02T03:04:05.200000001Z [enbi] report: a-1',
    '2026-01-02T03:04:06.300000001Z [enbi] fetch begins',
    'what has no time',
    '2026-01-02T03:04:06.400000001Z [enbi] report: b-1',
    '',
  ].join('\n'),
);

const turn = (id: string) =>
  turnOf(lines, { begins: (text) => text === '[enbi] fetch begins', ends: (text) => text === `[enbi] report: ${id}` });

test('lines have times, and whatever has none is none', () => {
  expect(lines).toHaveLength(4);
  expect(lines[0]).toEqual({ at: Date.parse('2026-01-02T03:04:05.100Z'), text: '[enbi] fetch begins' });
});

test('an order that a container carried out after another has times of its own', () => {
  expect(turn('a-1')).toEqual({ begun: lines[0]?.at, ended: lines[1]?.at });
  expect(turn('b-1')).toEqual({ begun: lines[2]?.at, ended: lines[3]?.at });
});

test('an order of which nothing is said has none', () => expect(turn('c-1')).toBeUndefined());
