import { expect, it } from 'vitest';
import { ageText } from './age.ts';

const now = new Date('2026-11-23T12:00:00Z');

it.each([
  ['2026-11-23T12:00:00Z', '0s'],
  ['2026-11-23T11:58:01Z', '119s'],
  ['2026-11-23T11:58:00Z', '2m'],
  ['2026-11-23T10:00:01Z', '119m'],
  ['2026-11-23T09:00:00Z', '3h'],
  ['2026-11-21T12:00:00.123456Z', '47h'],
  ['2026-11-20T12:00:00Z', '3d'],
  ['2026-11-23T12:00:05Z', '0s'],
  ['', ''],
])('the age of %s is "%s"', (time, age) => {
  expect(ageText(time, now)).toBe(age);
});
