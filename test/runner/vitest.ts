import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { show } from './command.ts';
import { Report, tallyOf } from './report.ts';
import { add, empty, oneFailure, type Tally } from './tally.ts';

export interface Part {
  /** Of vitest.config.ts. */
  readonly project: string;
  /** All of the project's when left out. */
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It runs beside another part, and is shown when it has ended. */
  readonly held?: boolean;
  /** Others that run at the same time come first. */
  readonly nice?: boolean;
  /** When the first file of a project begins, its name: `project` may stand for several. */
  readonly onBegun?: (project: string) => void;
}

/** Runs a project's tests. A run that executed no test has failed. */
export async function runTests(part: Part): Promise<Tally> {
  const { project, files = [], onBegun, ...showing } = part;
  const folder = await mkdtemp(join(tmpdir(), 'enbi-test-report-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...telling(onBegun)];
    const code = await show('vitest', ['run', '--project', project, ...reporters, ...files], {
      ...showing,
      onMessage: onBegun === undefined ? undefined : (message) => onBegun(String(message)),
    });
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const tally = text === undefined ? empty : tallyOf(Report.parse(JSON.parse(text)));
    return withVerdict(tally, code, project);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function telling(onBegun: Part['onBegun']): readonly string[] {
  return onBegun === undefined ? [] : [`--reporter=${join(import.meta.dirname, 'begun-reporter.ts')}`];
}

function withVerdict(tally: Tally, code: number, project: string): Tally {
  if (tally.failed > 0) return tally;
  if (tally.passed === 0) return add(tally, oneFailure(`no ${project} test was run`));
  return code === 0 ? tally : add(tally, oneFailure(`an error outside of any ${project} test: see above`));
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
