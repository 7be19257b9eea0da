import { expect, test } from 'vitest';
import { aContainer, aPod } from '../../../test/support/builders.ts';
import type { Said } from '../../api/report.ts';
import { progressOf } from './progress.ts';

const report = { step: 'fetch', order: 'one', result: { ok: true } } as const;

test.each<[string, Readonly<Record<string, Said | undefined>>, string | undefined, string]>([
  ['the newest that was told', { build: { progress: '2 of 3' } }, '1 of 3', '2 of 3'],
  ['the stage, before any is told', { build: {} }, undefined, 'building'],
  ['the stage, once what told it has reported', { fetch: { progress: '2 of 3', report } }, '1 of 3', 'building'],
  ['that of the container whose turn it is', { fetch: { report }, build: { progress: '1 of 1' } }, undefined, '1 of 1'],
  ['what it was, while the log cannot be read', { build: undefined }, '1 of 3', '1 of 3'],
  ['the stage, when it was nothing and the log cannot be read', { build: undefined }, undefined, 'building'],
  ['the stage, while nothing runs', {}, '1 of 3', 'building'],
  ['the stage, while only the pin is held', { pin: undefined }, '1 of 3', 'building'],
])('progress is %s', (_, running, before, expected) => {
  const containers = Object.keys(running).map((name) => aContainer({ name, running: true }));
  const said = new Map(Object.entries(running).flatMap(([name, one]) => (one === undefined ? [] : [[name, one]])));
  expect(progressOf({ pod: aPod({ containers }), said }, 'building', before)).toBe(expected);
});
