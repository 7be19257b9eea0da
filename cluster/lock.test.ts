import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { exclusively, holderOf, tryToHold } from './lock.ts';

test('work under one key waits for its turn, under another it does not', async () => {
  const [key, other] = [randomUUID(), randomUUID()];
  const order: string[] = [];
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const first = exclusively(
    key,
    () => order.push('first waits'),
    async () => {
      order.push('first');
      await finished;
    },
  );
  await exclusively(
    other,
    () => order.push('other waits'),
    async () => void order.push('other'),
  );
  const second = exclusively(
    key,
    () => finish(),
    async () => void order.push('second'),
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'other', 'second']);
});

test('a failure frees the key', async () => {
  const key = randomUUID();
  await expect(
    exclusively(
      key,
      () => undefined,
      () => Promise.reject(new Error('no')),
    ),
  ).rejects.toThrow('no');
  expect(
    await exclusively(
      key,
      () => undefined,
      () => Promise.resolve('next'),
    ),
  ).toBe('next');
});

test('a lock that is held says by whom, and is free again when it is closed', async () => {
  const key = randomUUID();
  expect(await holderOf(key)).toBeUndefined();
  const held = await tryToHold(key);
  expect(await tryToHold(key)).toBeUndefined();
  expect(await holderOf(key)).toBe(process.pid);
  held?.close();
  const again = await tryToHold(key);
  expect(again).toBeDefined();
  again?.close();
});
