import { array, assert, asyncProperty, boolean, nat, record, subarray } from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseOrderReport } from '../api/order-report.ts';
import { settle } from '../runtime/fake-clock.ts';
import { Worker } from './worker.ts';

const Task = z.strictObject({ id: z.string() });
const ids = ['a', 'b', 'c', 'd', 'e'];

/** What a controller does: it lists orders one by one, and takes off the oldest. */
const lists = ids.flatMap((_, at) => [ids.slice(Math.max(0, at - 2), at + 1), ids.slice(Math.max(0, at - 1), at + 1)]);

/** A list as it arrives, and which of what runs ends after it. */
const step = record({ list: nat(lists.length - 1), ends: subarray(ids), fails: boolean() });

test('whatever lists were lost, repeated, late or out of order, the last one is carried out, each order to its end once', async () => {
  await assert(
    asyncProperty(array(step, { maxLength: 12 }), async (steps) => {
      const running = new Map<string, () => void>();
      const done: string[] = [];
      const states = new Map<string, string>();
      const worker = new Worker<z.infer<typeof Task>>({
        version: '1',
        order: Task,
        print: (line) => {
          const report = parseOrderReport(line);
          if (report !== undefined && 'order' in report) states.set(report.order, report.state);
        },
        execute: ({ id }, { stop }) => {
          expect(running.has(id)).toBe(false);
          return new Promise((resolve) => {
            running.set(id, () => {
              running.delete(id);
              if (!stop.aborted) done.push(id);
              resolve(stop.aborted ? { ok: false, reason: 'PodLost', retry: true, message: '' } : { ok: true });
            });
          });
        },
      });
      const take = (list: readonly string[]) =>
        worker.take(JSON.stringify({ version: '1', ask: '', atOnce: 1, orders: list.map((id) => ({ id })) }));
      for (const { list, ends } of steps) {
        take(lists[list] ?? []);
        for (const id of ends) running.get(id)?.();
        await settle();
      }
      const last = lists.at(-1) ?? [];
      take(last);
      while (running.size > 0) {
        for (const end of running.values()) end();
        await settle();
      }
      expect(new Set(done).size).toBe(done.length);
      expect(done).toEqual(expect.arrayContaining([...last]));
      for (const id of ids) expect(states.get(id) ?? 'never listed').toBe(expectedOf(id, done, states));
    }),
  );
});

function expectedOf(id: string, done: readonly string[], states: ReadonlyMap<string, string>): string {
  if (done.includes(id)) return 'done';
  return states.has(id) ? 'cancelled' : 'never listed';
}
