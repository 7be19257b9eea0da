import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deadlineIn } from './deadline.ts';

test('aborts in time', async () => {
  using deadline = deadlineIn(5);
  await sleep(50);
  expect(deadline.signal.aborted).toBe(true);
});

test('is over, and holds no timer, when nobody waits any more', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const deadline = deadlineIn(5);
  expect(timers()).toBe(before + 1);
  deadline[Symbol.dispose]();
  expect(timers()).toBe(before);
  await sleep(20);
  expect(deadline.signal.aborted).toBe(false);
});
