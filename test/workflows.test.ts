import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { checkout } from './support/source-files.ts';

/** What enbi's workflows use of GitHub's language; a key that is misspelled is no key of it. */
const Permissions = z.partialRecord(z.enum(['contents', 'id-token', 'attestations']), z.enum(['read', 'write']));
const Step = z
  .strictObject({
    name: z.string().optional(),
    uses: z.string().optional(),
    with: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).optional(),
    run: z.string().optional(),
    env: z.record(z.string(), z.string()).optional(),
  })
  .refine(
    ({ uses, run }) => (uses === undefined) !== (run === undefined),
    'a step either uses an action or runs commands',
  );
const Job = z.strictObject({
  needs: z.string().optional(),
  strategy: z.strictObject({ matrix: z.record(z.string(), z.array(z.string())) }).optional(),
  'runs-on': z.string(),
  container: z.strictObject({ image: z.string(), options: z.string().optional() }).optional(),
  permissions: Permissions,
  steps: z.array(Step).min(1),
});
const Workflow = z.strictObject({
  name: z.string(),
  on: z.strictObject({ push: z.strictObject({ tags: z.array(z.string()).min(1) }) }),
  permissions: z.strictObject({}),
  jobs: z.record(z.string(), Job),
});

const workflows = globSync('.github/workflows/*', { cwd: checkout })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(checkout, path), 'utf8') }));
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))).scripts;

describe.each(workflows)('$path', ({ text }) => {
  const { jobs } = Workflow.parse(parse(text));
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => run ?? []);

  test('takes actions by commit, and says of each which version that is', () => {
    const lines = text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  test('lets only a job write that runs nothing of the checkout and of npm', () => {
    const writing = Object.values(jobs).filter(({ permissions }) => Object.values(permissions).includes('write'));
    const theirs = writing.flatMap((job) => job.steps);
    expect(
      theirs.filter(({ uses = '', run = '' }) => uses.startsWith('actions/checkout@') || /\bnpm\b/.test(run)),
    ).toEqual([]);
  });

  test('puts nothing into a command that GitHub fills in before the shell reads it', () => {
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });

  test('has commands that a shell can read, and scripts that exist', () => {
    for (const command of commands) execFileSync('bash', ['-n'], { input: command });
    const called = commands.flatMap((command) =>
      [...command.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name ?? ''),
    );
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('waits for jobs that there are', () => {
    const needed = Object.values(jobs).flatMap(({ needs }) => needs ?? []);
    expect(needed.filter((name) => !(name in jobs))).toEqual([]);
  });
});

test('a release is made of the Debian of its commit, on two machines, and published only when both agree', () => {
  const { jobs } = Workflow.parse(parse(workflows.find(({ path }) => path.endsWith('release.yml'))?.text ?? ''));
  const { make, publish } = jobs;
  expect(make?.strategy?.matrix).toEqual({ copy: ['first', 'second'] });
  expect(
    make?.steps.some(({ run = '' }) => /git log .*%cd[^]*snapshot\.debian\.org[^]*npm run release/.test(run)),
  ).toBe(true);
  expect(publish?.needs).toBe('make');
  const commands = publish?.steps.map(({ run = '' }) => run) ?? [];
  const [compared, published] = ['diff --recursive', 'gh release create'].map((word) =>
    commands.findIndex((command) => command.includes(word)),
  );
  expect(compared).toBeGreaterThanOrEqual(0);
  expect(published).toBeGreaterThan(compared ?? Number.MAX_SAFE_INTEGER);
});
