import { expect, test } from 'vitest';
import { closureOf } from './closure.ts';

const entries = (version: 'one' | 'two') => closureOf(version).flat();
const bytesOf = (version: 'one' | 'two') =>
  entries(version)
    .flatMap(({ files }) => files)
    .reduce((total, { sizeBytes }) => total + sizeBytes, 0);

test('the image has 40 layers of store paths, 19,000 files and 530 MB', () => {
  expect(closureOf('one')).toHaveLength(40);
  expect(entries('one').flatMap(({ files }) => files).length).toBeGreaterThan(19_000);
  expect(Math.round(bytesOf('one') / 1e6)).toBe(530);
});

test('its versions differ in the app alone, and every store path has a name of its own', () => {
  const [one, two] = [entries('one'), entries('two')].map((all) => all.map(({ name }) => name));
  expect(one?.slice(0, -1)).toEqual(two?.slice(0, -1));
  expect(one?.at(-1)).not.toBe(two?.at(-1));
  expect(new Set([...(one ?? []), ...(two ?? [])]).size).toBe(41);
});
