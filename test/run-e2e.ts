// `npm run e2e`: the end-to-end tests alone. `npm run e2e -- --all`: also those that are too heavy for `npm test`, and the main
// story on every other kind of cluster. `npm run e2e -- --row k0s --row oldest`: the main story on these alone.
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runProgram } from '../tools/run-program.ts';
import { chosenRow, rowNames } from './e2e/matrix/rows.ts';
import { root } from './runner/command.ts';
import { type Line, tableOf } from './runner/table.ts';
import { add, empty, summaryOf, type Tally } from './runner/tally.ts';
import type { Part } from './runner/vitest.ts';
import { runWithRealParts } from './runner/with-real-parts.ts';

interface NamedPart extends Part {
  readonly name: string;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);
const usual: NamedPart = { name: 'plain', project: 'e2e*' };

function chosenParts(): readonly NamedPart[] {
  const { values } = parseArgs({ options: { all: { type: 'boolean' }, row: { type: 'string', multiple: true } } });
  if (values.row !== undefined) return values.row.map(partOf);
  return values.all === true
    ? [usual, ...heavy(), ...rowNames.filter((name) => name !== 'plain').map(partOf)]
    : [usual];
}

function partOf(name: string): NamedPart {
  return { name, project: 'matrix', env: { ENBI_E2E_ROW: chosenRow(name) } };
}

function heavy(): NamedPart[] {
  const found = globSync('test/e2e/heavy/**/*.test.ts', { cwd: root });
  return found.length === 0 ? [] : [{ name: 'heavy', project: 'heavy' }];
}

async function run(part: NamedPart): Promise<Line & Tally> {
  say(`\n── ${part.name} ──`);
  const startedAt = performance.now();
  const tally = await runWithRealParts(part, say);
  return { ...tally, name: part.name, seconds: (performance.now() - startedAt) / 1000 };
}

async function main(): Promise<void> {
  const lines: (Line & Tally)[] = [];
  for (const part of chosenParts()) lines.push(await run(part));
  const total = lines.reduce(add, empty);
  say(`\n${tableOf(lines)}\n\n${summaryOf(total)}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await runProgram(main);
