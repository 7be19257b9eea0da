import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { exclusively } from './lock.ts';

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
