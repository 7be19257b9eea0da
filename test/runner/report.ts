import { relative } from 'node:path';
import * as z from 'zod';
import { root } from './command.ts';
import type { Tally } from './tally.ts';

/** What enbi reads of vitest's JSON report. */
export const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});
type Report = z.infer<typeof Report>;
type File = Report['testResults'][number];

/** A file that could not be loaded, or whose set-up failed, has no failed test of its own: the file is one. */
export function tallyOf(report: Report): Tally {
  const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && failedIn(file).length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [
      ...report.testResults.flatMap((file) => failedIn(file).map((failed) => failureOf(file, failed))),
      ...brokenFiles.map((file) => told(pathOf(file), file.message)),
    ],
  };
}

function failedIn({ assertionResults }: File) {
  return assertionResults.filter(({ status }) => status === 'failed');
}

function failureOf(file: File, { fullName, failureMessages }: File['assertionResults'][number]): string {
  return told(`${pathOf(file)}: ${fullName}`, (failureMessages ?? []).join('\n'));
}

function pathOf(file: File): string {
  return relative(root, file.name);
}

/** Not the whole message: it was printed where the test ended. */
function told(name: string, message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return [name, ...lines.slice(0, 12).map((line) => `    ${line.slice(0, 300)}`)].join('\n');
}
