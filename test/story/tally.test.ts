import { describe, expect, test } from 'vitest';
import { parseTally, rollOverFaults, type Tally, tallyText } from './tally.ts';

const good: Tally = {
  sent: 30,
  failed: 0,
  answers: { 'hello 1.0': 20, 'hello 2.0': 10 },
  last: 'hello 2.0',
  failures: [],
};

describe('a roll-over as its requests saw it', () => {
  test.each<[string, Partial<Tally>, string[]]>([
    ['is fine when every request was answered and the version changed', {}, []],
    [
      'is not when a request failed',
      { failed: 1, failures: ['request 7: reset'] },
      ['1 of 30 requests failed: request 7: reset'],
    ],
    [
      'is not when the old version never answered',
      { answers: { 'hello 2.0': 30 } },
      ['no answer came from version 1.0'],
    ],
    [
      'is not when the old version answers last',
      { last: 'hello 1.0' },
      ['the last answer was "hello 1.0", not of version 2.0'],
    ],
  ])('%s', (_, change, faults) => {
    expect(rollOverFaults({ ...good, ...change }, '1.0', '2.0')).toEqual(faults);
  });

  test('is told in one line', () => {
    expect(tallyText(good)).toBe('30 requests, 0 failed; answers: "hello 1.0" 20, "hello 2.0" 10');
  });

  test('is read from the log, other lines are not', () => {
    expect(parseTally(JSON.stringify(good))).toEqual(good);
    expect(parseTally('(node:1) Warning: something')).toBeUndefined();
  });
});
