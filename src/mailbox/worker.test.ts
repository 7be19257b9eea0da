import { expect, it, test } from 'vitest';
import * as z from 'zod';
import { type ListReport, type OrderReport, parseOrderReport } from '../api/order-report.ts';
import { settle } from '../runtime/fake-clock.ts';
import { type Run, Worker } from './worker.ts';

const Task = z.strictObject({ id: z.string(), once: z.literal(true).optional(), say: z.string() });
type Task = z.infer<typeof Task>;

const failure = { ok: false, reason: 'PodLost', retry: true, message: 'stopped' } as const;

/** A worker whose orders run until the test ends them. */
function working() {
  const lines: string[] = [];
  const begun: string[] = [];
  const running = new Map<string, { run: Run; end: (ok?: boolean) => Promise<void> }>();
  const worker = new Worker<Task>({
    version: 'enbi:1',
    order: Task,
    print: (line) => lines.push(line),
    execute: (order, run) =>
      new Promise((resolve) => {
        begun.push(order.id);
        const end = async (ok = true) => {
          running.delete(order.id);
          resolve(ok ? { ok: true } : failure);
          await settle();
        };
        running.set(order.id, { run, end });
      }),
  });
  const take = (orders: readonly object[], more: object = {}) => worker.take(listOf(orders, more));
  const reports = () => lines.splice(0).map((line) => briefly(parseOrderReport(line)));
  return { worker, take, begun, running, reports, lines };
}

function listOf(orders: readonly object[], more: object = {}): string {
  return JSON.stringify({ version: 'enbi:1', ask: '1', atOnce: 2, orders, ...more });
}

const task = (id: string, more: object = {}) => ({ id, say: 'hello', ...more });

function briefly(report: OrderReport | ListReport | undefined): string {
  if (report === undefined) return 'no report';
  return 'order' in report
    ? [report.order, report.state, report.progress].filter(Boolean).join(' ')
    : `list ${report.list}`;
}

it('begins what is listed and reports how it ends', async () => {
  const { take, running, reports, lines } = working();
  take([task('a'), task('b')]);
  expect(reports()).toEqual(['list read', 'a running', 'b running']);
  await running.get('b')?.end();
  expect(lines).toEqual(['[enbi] report: {"order":"b","state":"done","result":{"ok":true}}']);
  await running.get('a')?.end(false);
  expect(parseOrderReport(lines[1] ?? '')).toMatchObject({ order: 'a', state: 'done', result: failure });
});

it('carries out an id once, however often and in whatever order lists with it come', async () => {
  const { take, begun, running, reports } = working();
  take([task('a')]);
  take([task('a'), task('b')]);
  take([task('a', { say: 'another' })]);
  await running.get('a')?.end();
  take([]);
  take([task('a')]);
  expect([begun, running.has('a')]).toEqual([['a', 'b'], false]);
  expect(reports()).toEqual(['list read', 'a running', 'b running', 'a done']);
});

it('stops what leaves the list, and says that it is cancelled once it has ended', async () => {
  const { take, running, reports, worker } = working();
  take([task('a')]);
  take([]);
  const { run, end } = running.get('a') ?? {};
  expect([run?.stop.aborted, worker.isIdle, reports()]).toEqual([true, false, ['list read', 'a running']]);
  await end?.(false);
  expect([worker.isIdle, reports()]).toEqual([true, ['a cancelled']]);
});

it('takes a success for one though it came after the order was cancelled', async () => {
  const { take, running, reports } = working();
  take([task('a')]);
  take([]);
  await running.get('a')?.end();
  expect(reports().at(-1)).toBe('a done');
});

it('begins a cancelled order again when it is listed again, not before the first has ended', async () => {
  const { take, begun, running, reports } = working();
  take([task('a')]);
  take([]);
  take([task('a')]);
  expect(begun).toEqual(['a']);
  await running.get('a')?.end(false);
  expect([begun, running.get('a')?.run.stop.aborted]).toEqual([['a', 'a'], false]);
  await running.get('a')?.end();
  expect(reports()).toEqual(['list read', 'a running', 'a cancelled', 'a running', 'a done']);
});

it('tells all it knows whenever it is asked anew', async () => {
  const { take, running, reports, lines } = working();
  take([task('a'), task('b')]);
  await running.get('a')?.end();
  running.get('b')?.run.tell('1 of 2');
  take([task('a'), task('b')]);
  reports();
  take([task('b'), task('c')], { ask: '2' });
  expect(lines[2]).toBe('[enbi] report: {"list":"read","version":"enbi:1","ask":"2","orders":2}');
  expect(reports()).toEqual(['b running 1 of 2', 'a done', 'list read', 'c running']);
});

test.each([
  ['half a list', listOf([task('b')]).slice(0, -2), 'Unreadable'],
  ['no list', '"orders"', 'Unreadable'],
  ['one with more in it than is known', listOf([task('b')], { more: 1 }), 'Unreadable'],
  ['one with an order of no id', listOf([{ say: 'x' }]), 'Unreadable'],
  ['one with too many orders', listOf(Array.from({ length: 65 }, (_, at) => task(`b-${at}`))), 'Unreadable'],
  ['one that is too long', listOf([task('b', { say: 'x'.repeat(200_000) })]), 'TooLarge'],
  ['one for another enbi', listOf([task('b')], { version: 'enbi:2' }), 'OtherVersion'],
  ['one for another enbi, of a shape of its own', '{"version":"enbi:2","tasks":{}}', 'OtherVersion'],
])('%s changes nothing, and that is reported once', async (_, text, why) => {
  const { worker, take, begun, running, reports, lines } = working();
  take([task('a')]);
  reports();
  worker.take(text);
  worker.take(text);
  expect([begun, running.get('a')?.run.stop.aborted]).toEqual([['a'], false]);
  expect(lines).toEqual([`[enbi] report: {"list":"${why}","version":"enbi:1"}`]);
});

it('refuses an order that it does not know, once, and carries out those beside it', () => {
  const { take, begun, reports } = working();
  const odd = { id: 'odd', sing: 'x' };
  take([odd, task('a')]);
  take([odd, task('a'), task('b')]);
  expect([begun, reports()]).toEqual([
    ['a', 'b'],
    ['list read', 'odd refused', 'a running', 'b running'],
  ]);
});

it('ends with the order that is the last one, also when that was done before it was said so', async () => {
  const { worker, take, running } = working();
  take([task('a'), task('b', { once: true })]);
  await running.get('a')?.end();
  expect(worker.lastWord).toBeUndefined();
  take([task('a', { once: true }), task('b')]);
  expect(worker.lastWord).toBe('{"order":"a","state":"done","result":{"ok":true}}');
});

it('ends with a last order that it does not know', () => {
  const { worker, take } = working();
  take([{ id: 'odd', once: true }]);
  expect(worker.lastWord).toBe('{"order":"odd","state":"refused"}');
});

it('says no progress of what is being stopped', () => {
  const { take, running, reports } = working();
  take([task('a')]);
  take([]);
  running.get('a')?.run.tell('further');
  expect(reports()).toEqual(['list read', 'a running']);
});

it('remembers orders that are done and not listed, up to a bound', async () => {
  const { take, begun, running } = working();
  for (let at = 0; at < 1030; at++) {
    take([task(`t-${at}`)]);
    await running.get(`t-${at}`)?.end();
  }
  take([task('t-1029'), task('t-100'), task('t-0')]);
  expect(begun.slice(1030)).toEqual(['t-0']);
});
