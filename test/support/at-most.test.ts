import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atMost } from './at-most.ts';

test('no more than so many run at once, and all run, in the order they came in', async () => {
  const few = atMost(3);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const work = async (index: number) => {
    begun.push(index);
    running += 1;
    most = Math.max(most, running);
    await setImmediate();
    running -= 1;
    if (index % 4 === 0) throw new Error(`${index}`);
    return index;
  };
  const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => few(() => work(index))));
  expect(most).toBe(3);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(5);
});
