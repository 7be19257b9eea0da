import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLedger, withOrder, writeLedger } from './order-ledger.ts';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'enbi-ledger-')), 'orders.json');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

test('what is written is read, also at the longest', async () => {
  let ledger = withOrder({ ask: '1-0', done: [] }, { order: 'oldest', result: '{}' });
  for (let at = 0; at < 64; at++) ledger = withOrder(ledger, { order: `order-${at}`, result: '"'.repeat(8000) });
  expect(await writeLedger(path, ledger)).toBe(true);
  const read = await readLedger(path);
  expect(read).toEqual(ledger);
  expect([read.done.length, read.done[0]?.order]).toEqual([64, 'order-0']);
});

test.each<[string, () => void]>([
  ['is missing', () => {}],
  ['is no ledger', () => writeFileSync(path, '{"done":[{"order":"../x","result":"{}"}]}')],
  ['is a link', () => symlinkSync('/etc/passwd', path)],
  ['is a pipe that nobody writes to', () => execFileSync('mkfifo', [path])],
  ['is larger than any', () => (writeFileSync(path, ''), truncateSync(path, 2 ** 40))],
])('nothing counts as carried out where the file %s', async (_, make) => {
  make();
  expect(await readLedger(path)).toEqual({ done: [] });
});

test('it is told where it cannot be written', async () => {
  expect(await writeLedger(join(path, 'x'), { done: [] })).toBe(false);
});
