import { expect, it } from 'vitest';
import { settle } from '../runtime/fake-clock.ts';
import { FairTurns } from './fair-turns.ts';

function turnsOf(atOnce: number) {
  const turns = new FairTurns();
  turns.atOnce = atOnce;
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const stops = new Map<string, AbortController>();
  const add = async (...ids: readonly string[]) => {
    for (const id of ids) {
      const stop = new AbortController();
      stops.set(id, stop);
      void turns.take({ tenant: id[0] ?? '', id, stop: stop.signal }, () => {
        begun.push(id);
        return new Promise<void>((resolve) => ends.set(id, resolve));
      });
    }
    await settle();
  };
  const end = async (id: string) => {
    ends.get(id)?.();
    await settle();
  };
  return { turns, begun, add, end, stops };
}

it('runs so many at once, and the next when one has ended', async () => {
  const { begun, add, end } = turnsOf(2);
  await add('a1', 'b1', 'c1', 'd1');
  expect(begun).toEqual(['a1', 'b1']);
  await end('b1');
  expect(begun).toEqual(['a1', 'b1', 'c1']);
});

it('lets no tenant have all places', async () => {
  const { begun, add } = turnsOf(3);
  await add('a1', 'a2', 'a3', 'a4', 'b1');
  expect(begun).toEqual(['a1', 'a2', 'b1']);
});

it('lets tenants take turns, however many one of them has', async () => {
  const { begun, add, end } = turnsOf(1);
  await add('a1', 'a2', 'a3', 'a4', 'b1');
  for (const id of ['a1', 'a2', 'b1']) await end(id);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
});

it('begins as many as there is room for when there is more', async () => {
  const { turns, begun, add } = turnsOf(1);
  await add('a1', 'b1', 'c1', 'd1');
  turns.atOnce = 3;
  await settle();
  expect(begun).toEqual(['a1', 'b1', 'c1']);
});

it('forgets what is stopped while it waits', async () => {
  const { turns, begun, add, end, stops } = turnsOf(1);
  await add('a1', 'b1', 'c1');
  stops.get('b1')?.abort();
  await end('a1');
  expect([begun, turns.isQuiet]).toEqual([['a1', 'c1'], false]);
  await end('c1');
  expect(turns.isQuiet).toBe(true);
});
