import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockStore } from './store-lock.ts';

let directory: string;
let lockFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'enbi-lock-'));
  lockFile = join(directory, 'enbi.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** As garbage collection would, but without waiting. */
const canCollect = () => spawnSync('flock', ['--exclusive', '--nonblock', lockFile, 'true']).status === 0;

test('builds share the store, garbage collection waits for the last of them', async () => {
  const one = await lockStore(lockFile, 'shared');
  const other = await lockStore(lockFile, 'shared');
  expect(canCollect()).toBe(false);
  await one[Symbol.asyncDispose]();
  expect(canCollect()).toBe(false);
  await other[Symbol.asyncDispose]();
  expect(canCollect()).toBe(true);
});

test('a build waits for a garbage collection', async () => {
  const collecting = spawn('flock', ['--exclusive', lockFile, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  collecting.stdin.write('it has the lock\n');
  await once(collecting.stdout, 'data');
  let isHeld = false;
  const waiting = lockStore(lockFile, 'shared').finally(() => (isHeld = true));
  // Time in which it would have got a lock that is free.
  for (let steps = 0; steps < 20; steps++) await promisify(execFile)('true');
  expect(isHeld).toBe(false);
  collecting.stdin.end();
  await (await waiting)[Symbol.asyncDispose]();
});

test('one that is alone keeps the others out', async () => {
  const alone = await lockStore(lockFile, 'exclusive');
  const canBuild = () => spawnSync('flock', ['--shared', '--nonblock', lockFile, 'true']).status === 0;
  expect(canBuild()).toBe(false);
  await alone[Symbol.asyncDispose]();
  expect(canBuild()).toBe(true);
});

test('a store that is not there is our failure', async () => {
  await expect(lockStore(join(directory, 'none/enbi.lock'), 'shared')).rejects.toThrow('ENOENT');
});

test('what a builder put in its place is not followed, nor waited for', async () => {
  spawnSync('mkfifo', [lockFile]);
  await using held = await lockStore(lockFile, 'shared');
  expect(held).toBeDefined();
  const link = join(directory, 'link');
  symlinkSync(join(directory, 'elsewhere'), link);
  await expect(lockStore(link, 'shared')).rejects.toThrow('ELOOP');
  expect(readdirSync(directory).toSorted()).toEqual(['enbi.lock', 'link']);
});
