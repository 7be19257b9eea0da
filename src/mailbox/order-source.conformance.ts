import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { type ListReport, type OrderReport, parseOrderReport } from '../api/order-report.ts';
import { systemClock } from '../runtime/clock.ts';
import type { OrderSource } from './order-source.ts';
import { serveOrders } from './serve-orders.ts';
import { Worker } from './worker.ts';

/** A source, and the kubelet's side of it. */
export interface OpenedSource {
  readonly source: OrderSource;
  readonly write: (text: string) => Promise<void> | void;
}

/** What a source of orders does, be it a test's or the file that a kubelet writes. */
export function describeOrderSource(name: string, open: () => OpenedSource): void {
  describe(name, () => {
    it('has no list before there is one', async () => {
      expect(await open().source.read()).toBeUndefined();
    });

    it('gives the newest list, and news of each', async () => {
      const { source, write } = open();
      await write('first');
      const heard = vi.fn();
      onTestFinished(source.subscribe(heard));
      for (const text of ['second', 'third']) {
        heard.mockClear();
        await write(text);
        await expect.poll(() => heard.mock.calls.length).toBeGreaterThan(0);
        expect(await source.read()).toBe(text);
      }
    });

    it('has no news for who listens no more', async () => {
      const { source, write } = open();
      await write('first');
      const [heard, stillHeard] = [vi.fn(), vi.fn()];
      source.subscribe(heard)();
      onTestFinished(source.subscribe(stillHeard));
      await write('second');
      await expect.poll(() => stillHeard.mock.calls.length).toBeGreaterThan(0);
      expect(heard).not.toHaveBeenCalled();
    });

    it('brings 64 orders at once to a worker, each of which is carried out once', async () => {
      const { source, write } = open();
      const ids = Array.from({ length: 64 }, (_, at) => `order-${at}`);
      const begun: string[] = [];
      const { reports, stop, ended } = serving(source, begun);
      for (const count of [1, 20, 64]) await write(listOf(ids.slice(0, count)));
      await expect.poll(() => reports('done').length).toBe(64);
      await write(listOf([]));
      await write(listOf(ids));
      stop.abort();
      expect(await ended).toEqual({ because: 'stopped' });
      expect(begun.toSorted()).toEqual(ids.toSorted());
    });
  });
}

function listOf(ids: readonly string[]): string {
  return JSON.stringify({ version: '1', ask: '', atOnce: 1, orders: ids.map((id) => ({ id })) });
}

function serving(source: OrderSource, begun: string[]) {
  const said: (OrderReport | ListReport | undefined)[] = [];
  const stop = new AbortController();
  let wake: (() => void) | undefined;
  const worker = new Worker({
    version: '1',
    order: z.strictObject({ id: z.string() }),
    print: (line) => said.push(parseOrderReport(line)),
    ended: () => wake?.(),
    execute: ({ id }) => {
      begun.push(id);
      return Promise.resolve({ ok: true });
    },
  });
  const subscribe = (listener: () => void) => {
    wake = listener;
  };
  const ended = serveOrders(worker, { source, clock: systemClock, signal: stop.signal, subscribe });
  const reports = (state: string) =>
    said.filter((report) => report !== undefined && 'state' in report && report.state === state);
  return { reports, stop, ended };
}
