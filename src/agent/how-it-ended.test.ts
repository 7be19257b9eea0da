import { expect, test } from 'vitest';
import { type Ended, failureOf } from './how-it-ended.ts';

const quiet = { code: null, signal: null, words: '' };

test.each<[string, Partial<Ended>, string, boolean]>([
  ['whose time was over', { signal: 'SIGKILL', killedFor: 'time' }, 'BuildTimedOut', false],
  ['that was stopped', { signal: 'SIGKILL', killedFor: 'stop' }, 'PodLost', true],
  ['that said too much', { signal: 'SIGKILL', killedFor: 'talk' }, 'InvalidResult', false],
  [
    'that V8 got no memory for',
    { signal: 'SIGABRT', words: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory' },
    'OutOfMemory',
    true,
  ],
  [
    'that Node got no memory for',
    { code: 1, words: 'RangeError: Array buffer allocation failed' },
    'OutOfMemory',
    true,
  ],
  ['that C++ got no memory for', { signal: 'SIGABRT', words: 'std::bad_alloc' }, 'OutOfMemory', true],
  ['that the kernel killed', { signal: 'SIGKILL' }, 'OutOfMemory', true],
  ['that crashed', { signal: 'SIGSEGV' }, 'InvalidResult', false],
  ['that ended without a word', { code: 7 }, 'InvalidResult', false],
  ['that could not be started', { notStarted: 'spawn /bin/sh EAGAIN' }, 'PodLost', true],
])('an import %s', (_, ended, reason, retry) => {
  expect(failureOf({ ...quiet, ...ended }, 60)).toMatchObject({ ok: false, reason, retry });
});

test('what a process said last is one line, and short', () => {
  const { message } = failureOf({ ...quiet, code: 1, words: `TypeError: x\n  at y\u001b[31m${'z'.repeat(9000)}` }, 60);
  expect(message).toMatch(/^the import ended with no result \(exit code 1: TypeError: x {3}at yz+…\)$/);
  expect(message.length).toBeLessThan(400);
});
