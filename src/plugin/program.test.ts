import { expect, test } from 'vitest';
import { exitCodes } from './exit-codes.ts';
import { MemoryCluster, runInMemory } from './memory-plugin.ts';

async function failedBy(thrown: Error) {
  const cluster = new MemoryCluster();
  cluster.onCall = () => {
    throw thrown;
  };
  const { code, err } = await runInMemory(['explain', 'nb/hello'], { cluster });
  return { code, err };
}

test('what the machine refuses is said in a sentence', async () => {
  const thrown = Object.assign(new Error('EACCES: permission denied, open x'), { code: 'EACCES', syscall: 'open' });
  expect(await failedBy(thrown)).toEqual({
    code: exitCodes.usage,
    err: 'error: this user may not read, write or run it (EACCES: permission denied, open x)\n',
  });
});

test('a defect is told with its stack', async () => {
  const { code, err } = await failedBy(new TypeError('x is undefined'));
  expect(code).toBe(exitCodes.defect);
  expect(err).toMatch(/^error: x is undefined\n {4}at /);
});
