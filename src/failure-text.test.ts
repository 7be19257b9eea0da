import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { InternalError, UserError } from './errors.ts';
import { failureText } from './failure-text.ts';

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
}

const fromDisk = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
  syscall: 'write',
});
const missing = failureOf(() => readFileSync('/there/is/no/such/file'));

test.each<[string, unknown, string]>([
  ['what the user can mend', new UserError('InUse', 'it is in use'), 'it is in use'],
  [
    'what lies behind an error of ours',
    new InternalError('CommandFailed', 'cannot run go', { cause: fromDisk }),
    'cannot run go: the disk is full (ENOSPC: no space left on device, write)',
  ],
  ['a full disk, wherever it shows', fromDisk, 'the disk is full (ENOSPC: no space left on device, write)'],
  ['another refusal of the system', missing, "ENOENT: no such file or directory, open '/there/is/no/such/file'"],
  [
    'a program that is not there',
    spawnSync('no-such-program').error,
    'the program no-such-program is not there, or not in PATH (spawnSync no-such-program ENOENT)',
  ],
  ['once, what a cause says again', new UserError('X', 'no: full', { cause: new Error('full') }), 'no: full'],
])('says %s, without a stack', (_, thrown, expected) => {
  expect(failureText(thrown)).toBe(expected);
});

test('says that a port is taken', async () => {
  await using taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const [thrown] = await once(createServer().listen(taken.address()), 'error').catch((error: unknown) => [error]);
  expect(failureText(thrown)).toMatch(/^another program listens there already \(listen EADDRINUSE: .*\)$/);
});

test('of a defect it keeps the stack', () => {
  expect(failureText(failureOf(() => JSON.parse('{')))).toMatch(/^SyntaxError: .*\n\s+at /);
});
