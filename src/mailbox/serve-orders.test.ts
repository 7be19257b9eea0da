import { expect, it } from 'vitest';
import * as z from 'zod';
import { FakeClock } from '../runtime/fake-clock.ts';
import { FakeOrderSource } from './fake-order-source.ts';
import { type Ending, serveOrders } from './serve-orders.ts';
import { Worker } from './worker.ts';

const Task = z.looseObject({ id: z.string() });

function serving() {
  const [source, clock, stop] = [new FakeOrderSource(), new FakeClock(), new AbortController()];
  const running = new Map<string, () => void>();
  let wake = () => {};
  const worker = new Worker<z.infer<typeof Task>>({
    version: '1',
    order: Task,
    print: () => {},
    listed: () => wake(),
    ended: () => wake(),
    execute: ({ id }, run) =>
      new Promise((resolve) => {
        const end = (ok: boolean) => {
          running.delete(id);
          resolve(ok ? { ok: true } : { ok: false, reason: 'PodLost', retry: true, message: '' });
        };
        running.set(id, () => end(true));
        run.stop.addEventListener('abort', () => end(false));
      }),
  });
  let ending: Ending | undefined;
  const subscribe = (listener: () => void) => {
    wake = listener;
  };
  void serveOrders(worker, { source, clock, signal: stop.signal, subscribe }).then((end) => {
    ending = end;
  });
  return { source, clock, stop, running, ending: () => ending };
}

const listOf = (ids: readonly string[], more: object = {}) =>
  JSON.stringify({ version: '1', ask: '', atOnce: 1, staySeconds: 60, orders: ids.map((id) => ({ id })), ...more });

it('takes a list at once, and one whose news was lost within seconds', async () => {
  const { source, clock, running } = serving();
  await clock.advance(0);
  source.write(listOf(['a']));
  await clock.advance(0);
  expect([...running.keys()]).toEqual(['a']);
  source.write(listOf(['a', 'b']), 'lost');
  await clock.advance(4999);
  expect(running.has('b')).toBe(false);
  await clock.advance(1);
  expect(running.has('b')).toBe(true);
});

it('finds a list whose news was lost also when it had nothing to do', async () => {
  const { source, clock, running } = serving();
  source.write(listOf([]));
  await clock.advance(1000);
  source.write(listOf(['a']), 'lost');
  await clock.advance(5000);
  expect(running.has('a')).toBe(true);
});

it('ends when there was nothing to do for as long as the list says, and not before', async () => {
  const { source, clock, running, ending } = serving();
  source.write(listOf(['a']));
  await clock.advance(600_000);
  running.get('a')?.();
  await clock.advance(600_000);
  expect(ending()).toBeUndefined();
  source.write(listOf([]));
  await clock.advance(59_000);
  expect(ending()).toBeUndefined();
  await clock.advance(1000);
  expect(ending()).toEqual({ because: 'idle' });
});

it('begins to count anew with each order', async () => {
  const { source, clock, running, ending } = serving();
  source.write(listOf([]));
  await clock.advance(50_000);
  source.write(listOf(['a']));
  await clock.advance(0);
  running.get('a')?.();
  source.write(listOf([]));
  await clock.advance(50_000);
  expect(ending()).toBeUndefined();
});

it.each([
  ['at once where it is to stay for no time', { staySeconds: 0 }, 0, { because: 'idle' }],
  ['never where it is to stay for ever', { staySeconds: undefined }, 90_000_000, undefined],
])('ends %s', async (_, more, ms, ending) => {
  const { source, clock, ending: seen } = serving();
  source.write(listOf([], more));
  await clock.advance(ms);
  expect(seen()).toEqual(ending);
});

it('ends after ten minutes in which nobody gave it a list', async () => {
  const { clock, ending } = serving();
  await clock.advance(599_000);
  expect(ending()).toBeUndefined();
  await clock.advance(1000);
  expect(ending()).toEqual({ because: 'idle' });
});

it('ends with the last order, and stops the others before', async () => {
  const { source, clock, running, ending } = serving();
  source.write(listOf([], { orders: [{ id: 'a', once: true }, { id: 'b' }] }));
  await clock.advance(0);
  running.get('a')?.();
  await clock.advance(0);
  expect(running.size).toBe(0);
  expect(ending()).toEqual({ because: 'once', word: '{"order":"a","state":"done","result":{"ok":true}}' });
});

it('stops all that runs when it is stopped, and leaves no timer', async () => {
  const { source, clock, stop, running, ending } = serving();
  source.write(listOf(['a']));
  await clock.advance(0);
  stop.abort();
  await clock.advance(0);
  expect([ending(), running.size, clock.pending]).toEqual([{ because: 'stopped' }, 0, []]);
});
