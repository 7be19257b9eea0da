import { expect, test } from 'vitest';
import { parseReport, reportLine, reportPrefix } from './report.ts';

const of = { step: 'build', order: 'uid-build-1' } as const;
const line = reportLine(of, '{"ok":true,"text":"größe"}');

test('a report reads as it was written', () => {
  expect(parseReport(line)).toEqual({ ...of, result: { ok: true, text: 'größe' } });
});

test.each([
  ['half of one', line.slice(0, -3)],
  ['one behind the name of a derivation', `hello> ${line}`],
  ['one behind a space', ` ${line}`],
  ['one of a step that reports nothing', line.replace('"build"', '"pin"')],
  ['one of no order', line.replace('"order"', '"other"')],
  ['one of an order with a space in it', line.replace('uid-build-1', 'uid 1')],
  ['one with more in it', line.replace('"step"', '"more":1,"step"')],
  ['one that is longer than any', `${reportPrefix}{"step":"build","order":"a","result":"${'x'.repeat(8192)}"}`],
  ['one that is nested without end', `${reportPrefix}${'['.repeat(8000)}`],
  ['progress', '[enbi] progress: 1/2 built'],
  ['nothing', ''],
])('no report: %s', (_, text) => {
  expect(parseReport(text)).toBeUndefined();
});
