import { expect, test } from 'vitest';
import { listReportLine, orderReportLine, orderReportText, parseOrderReport } from './order-report.ts';

const long = {
  ok: false,
  reason: 'BuilderFailed',
  retry: false,
  message: 'ö'.repeat(1024),
  logTail: '"'.repeat(2048),
} as const;

test.each([
  ['a running order', { order: 'uid-1', state: 'running', progress: 'größe "x"' } as const],
  ['a done one', { order: 'uid-1', state: 'done', result: { ok: true } } as const],
  ['a cancelled one', { order: 'uid-1', state: 'cancelled' } as const],
])('%s reads as it was written', (_, told) => {
  expect(parseOrderReport(orderReportLine(told))).toEqual(told);
});

test('a list that was read reads as it was written', () => {
  const report = { list: 'read', version: 'r.example/enbi:1', ask: '2', orders: 3 } as const;
  expect(parseOrderReport(listReportLine(report))).toEqual(report);
});

test('the longest failure fits into a termination message with its order', () => {
  const text = orderReportText({ order: 'x'.repeat(80), state: 'cancelled', result: long });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
});

test.each([
  ['the report of a step', '[enbi] report: {"step":"build","order":"a","result":{"ok":true}}'],
  ['half a line', orderReportLine({ order: 'a', state: 'done', result: long }).slice(0, -9)],
  ['a line behind something', `x ${orderReportLine({ order: 'a', state: 'done' })}`],
  ['a state that is none', orderReportLine({ order: 'a', state: 'done' }).replace('done', 'dead')],
  ['an order with a space in its id', orderReportLine({ order: 'a b', state: 'done' })],
  ['more than any report has', `[enbi] report: {"order":"a","state":"done","result":"${'x'.repeat(9000)}"}`],
])('%s is no report of an order', (_, line) => {
  expect(parseOrderReport(line)).toBeUndefined();
});
