import { expect, test } from 'vitest';
import { containerEvent } from './follow-containers.ts';

const at = '2026-01-02 03:04:05.678901 +0000 UTC k8s.io';

test.each([
  ['a start', `${at} /tasks/start {"container_id":"a1","pid":7}`, 'start a1'],
  ['an end', `${at} /tasks/exit {"container_id":"a1","id":"a1","pid":7}`, 'exit a1'],
])('%s', (_, line, key) => {
  expect(containerEvent(line)).toEqual({ key, at: Date.parse('2026-01-02T03:04:05.678Z') });
});

test('a time without fractions', () => {
  expect(containerEvent('2026-01-02 03:04:05 +0000 UTC k8s.io /tasks/start {"container_id":"a1"}')?.at).toBe(
    Date.parse('2026-01-02T03:04:05Z'),
  );
});

test.each([
  ['the end of a program run in a container', `${at} /tasks/exit {"container_id":"a1","id":"b2","pid":7}`],
  ['another event', `${at} /images/create {"name":"x"}`],
  ['a line of something else', 'hello'],
])('nothing of %s', (_, line) => expect(containerEvent(line)).toBeUndefined());
