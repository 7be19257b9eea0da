import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './command.ts';
import { Report, tallyOf } from './report.ts';

const file = (name: string) => join(root, name);
const counts = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 };

test('a failed test is told with its file and the beginning of its message', () => {
  const failed = {
    status: 'failed',
    fullName: 'what it does',
    failureMessages: [`Error: 1 is not 2\n${'at x\n'.repeat(40)}`],
  };
  const assertionResults = [{ status: 'passed', fullName: 'the other' }, failed];
  const tally = tallyOf(
    Report.parse({ ...counts, testResults: [{ name: file('a.test.ts'), status: 'failed', assertionResults }] }),
  );
  expect(tally).toMatchObject({ passed: 1, failed: 1, skipped: 2 });
  expect(tally.failures).toEqual([`a.test.ts: what it does\n    Error: 1 is not 2${'\n    at x'.repeat(11)}`]);
});

test('a file that could not be loaded is a failure of its own', () => {
  const broken = { name: file('b.test.ts'), status: 'failed', message: 'no such module', assertionResults: [] };
  const tally = tallyOf(Report.parse({ ...counts, numFailedTests: 0, testResults: [broken] }));
  expect(tally).toMatchObject({ failed: 1, failures: ['b.test.ts\n    no such module'] });
});
