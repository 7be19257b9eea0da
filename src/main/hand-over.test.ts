import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseReport, type Report, reportLine } from '../api/report.ts';
import { UserError } from '../errors.ts';
import { asEntry } from '../printable.ts';
import { handOver } from './hand-over.ts';

async function handedOver(run: () => Promise<{ ok: true; path: string }>, order: string, step?: Report['step']) {
  const directory = await mkdtemp(join(tmpdir(), 'enbi-hand-over-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const printed: string[] = [];
  const terminationLog = join(directory, 'termination-log');
  const places = {
    order: join(directory, 'order.json'),
    terminationLog,
    print: (text: string) => void printed.push(asEntry(text)),
  };
  await writeFile(places.order, order);
  const exitCode = await handOver(
    { run, say: ({ path }) => `made ${path}`, ...(step === undefined ? {} : { step }) },
    places,
  );
  return { exitCode, lines: printed.join('\n').split('\n'), message: await readFile(terminationLog, 'utf8') };
}

const order = JSON.stringify({ id: 'uid-1', packageName: 'more' });
const success = () => Promise.resolve({ ok: true, path: 'größe' } as const);

test('a result is the termination message, and the last line as a report', async () => {
  const { exitCode, lines, message } = await handedOver(success, order, 'build');
  expect([exitCode, lines[0], lines.length]).toEqual([0, '[enbi] made größe', 2]);
  expect(parseReport(lines[1] ?? '')).toEqual({ step: 'build', order: 'uid-1', result: JSON.parse(message) });
});

test('so is a failure, and no line of what it tells can pass for a report or for progress', async () => {
  const forged = reportLine({ step: 'build', order: 'uid-1' }, '{"ok":true}');
  const fails = () => Promise.reject(new UserError('EvaluationFailed', `no\n${forged}\n[enbi] progress: done\nend`));
  const { exitCode, lines, message } = await handedOver(fails, order, 'build');
  expect([exitCode, lines.length]).toEqual([10, 5]);
  expect(lines.filter((line) => line.startsWith('[enbi] ')).map((line) => line.slice(0, 15))).toEqual([
    '[enbi] Evaluati',
    '[enbi] report: ',
  ]);
  expect(lines.flatMap((line) => parseReport(line) ?? [])).toEqual([
    { step: 'build', order: 'uid-1', result: JSON.parse(message) },
  ]);
});

test.each([
  ['whose order cannot be read', 'no order', 'build'],
  ['whose order has no id', '{}', 'build'],
  ['that nobody waits for', order, undefined],
] as const)('nothing is reported of a step %s', async (_, text, step) => {
  const { exitCode, lines, message } = await handedOver(success, text, step);
  expect([exitCode, lines, JSON.parse(message)]).toEqual([0, ['[enbi] made größe'], { ok: true, path: 'größe' }]);
});
