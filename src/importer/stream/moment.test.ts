import { expect, test } from 'vitest';
import { momentOf, parseMoment } from './moment.ts';

test.each([
  ['1970-01-01T00:00:01+00:00', '1970-01-01T00:00:01+00:00', 1],
  ['1970-01-01T00:00:01Z', '1970-01-01T00:00:01+00:00', 1],
  ['2024-02-29T12:00:00+02:00', '2024-02-29T12:00:00+02:00', 1_709_200_800],
  ['1969-12-31T23:59:58.500000Z', '1969-12-31T23:59:58.500000+00:00', -1],
  ['1970-01-01T00:00:01.000000Z', '1970-01-01T00:00:01+00:00', 1],
])('%s is a moment', (text, shown, seconds) => {
  expect(parseMoment(text)).toEqual({ text: shown, seconds });
});

test.each([
  'now',
  '',
  '1970-01-01',
  '1970-01-01T00:00:01',
  '1970-13-01T00:00:01Z',
  '1970-01-01 00:00:01Z',
  '1970-01-01T00:00:01.5Z',
])('“%s” is none', (text) => {
  expect(parseMoment(text)).toBeUndefined();
});

test('now is shown as Python shows it', () => {
  const { text, seconds } = momentOf(new Date('2026-11-23T14:00:00.125Z'));
  expect([text, seconds]).toEqual(['2026-11-23T14:00:00.125000+00:00', Date.UTC(2026, 10, 23, 14) / 1000]);
});
