import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { show } from './command.ts';
import { empty, type Tally } from './tally.ts';

/** What enbi counts of vitest's JSON report. */
const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() }).loose()) }),
  ),
});
type Report = z.infer<typeof Report>;

export interface Part {
  /** Of vitest.config.ts. */
  readonly project: string;
  /** All of the project's when left out. */
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It runs beside another part, and is shown when it has ended. */
  readonly held?: boolean;
}

/** Runs a project's tests. A run that executed no test has failed. */
export async function runTests(part: Part, say: (line: string) => void): Promise<Tally> {
  const { project, files = [], env, held } = part;
  const folder = await mkdtemp(join(tmpdir(), 'enbi-test-report-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await show('vitest', ['run', '--project', project, ...reporters, ...files], { env, held });
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const tally = text === undefined ? empty : tallyOf(Report.parse(JSON.parse(text)));
    return withVerdict(tally, code, project, say);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A file that could not be loaded, or whose set-up failed, has no failed test of its own: the file is one. */
function tallyOf(report: Report): Tally {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function withVerdict(tally: Tally, code: number, project: string, say: (line: string) => void): Tally {
  if (tally.failed > 0) return tally;
  if (tally.passed === 0) {
    say(`no ${project} test was run`);
    return { ...tally, failed: 1 };
  }
  // For example an error outside of any test.
  return code === 0 ? tally : { ...tally, failed: 1 };
}

/** How many tests a project has, without running them. */
export async function countTests({ project, files = [] }: Part): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-test-list-'));
  try {
    const file = join(folder, 'list.json');
    await show('vitest', ['list', '--project', project, `--json=${file}`, ...files]);
    return z.array(z.unknown()).parse(JSON.parse(await readFile(file, 'utf8'))).length;
  } finally {
    await rm(folder, { recursive: true });
  }
}
