import { afterAll, beforeAll, expect, test } from 'vitest';
import { killContainerd } from './kill-containerd.ts';
import { killImports } from './kill-imports.ts';
import { openPlace, type Place } from './place.ts';

let place: Place;

beforeAll(async () => {
  place = await openPlace();
});

afterAll(() => place[Symbol.asyncDispose]());

const report = () => {};

/** The same points each time; `npm run kills` tries a thousand. */
test('an import that is killed is done by the next, and nothing incomplete is seen', async () => {
  const { killed, findings } = await killImports(place, { points: 12, seed: 1, report });
  expect(findings).toEqual([]);
  expect(killed).toBeGreaterThan(8);
});

test('an import outlives containerd', async () => {
  const { killed, findings } = await killContainerd(place, { points: 2, seed: 1, report });
  expect(findings).toEqual([]);
  expect(killed).toBe(2);
});
