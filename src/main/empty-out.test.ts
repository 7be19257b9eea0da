import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyOut } from './empty-out.ts';

let root: string;
let outside: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'enbi-empty-'));
  outside = mkdtempSync(join(tmpdir(), 'enbi-outside-'));
});
afterEach(() => {
  for (const path of [root, outside]) rmSync(path, { recursive: true, force: true });
});

test('all goes but the directory itself: also what is closed, hidden, or has a name that is no text', async () => {
  mkdirSync(join(root, '.hidden/a'), { recursive: true });
  writeFileSync(join(root, '.hidden/a/file'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), '');
  mkdirSync(Buffer.concat([Buffer.from(`${root}/.hidden/`), Buffer.from([0xff, 0x2e])]));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  chmodSync(join(root, '.hidden/a'), 0o000);
  chmodSync(join(root, '.hidden'), 0o500);
  await emptyOut(root);
  expect(readdirSync(root)).toEqual([]);
});

test('nothing goes that a link leads to', async () => {
  writeFileSync(join(outside, 'file'), '');
  mkdirSync(join(root, 'd'));
  for (const at of ['link', 'd/link']) symlinkSync(outside, join(root, at));
  await emptyOut(root);
  expect([readdirSync(root), existsSync(join(outside, 'file'))]).toEqual([[], true]);
});

test('so does a tree whose paths are too long for the system', async () => {
  const script = `n=$(printf %0200d 0); i=0; while [ $i -lt 60 ]; do mkdir $n && cd $n; i=$((i + 1)); done; echo x > file`;
  execFileSync('bash', ['-c', script], { cwd: root });
  await emptyOut(root);
  expect(readdirSync(root)).toEqual([]);
});
