import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemCall } from './system-call.ts';

const numbers = { close: 3, exit: 60, getpriority: 140 } as const;

test.runIf(process.platform === 'linux' && process.arch === 'x64').each([
  ['a number of no open file is EBADF', systemCall(numbers.close, [999]), 9],
  ['a wrong number is EINVAL', systemCall(numbers.getpriority, [77, 0]), 22],
  ['what is left out is nothing', systemCall(numbers.exit, [0]), 0],
])('%s', async (_, program, code) => {
  expect(await exitCodeOf(Buffer.from(program, 'base64'))).toBe(code);
});

async function exitCodeOf(program: Buffer): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-system-call-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'program');
  await writeFile(path, program, { mode: 0o755 });
  return await new Promise((resolve) => {
    const child = execFile(path, () => resolve(child.exitCode ?? -1));
  });
}
