// `npm run fuzz`: looks for inputs that the importer takes for what they are not. Exits with 1 when it finds one.
import { randomInt } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runProgram } from '../../tools/run-program.ts';
import { root } from '../runner/command.ts';
import { importHostileArchives } from './archives.ts';
import { checkSource, checkTar } from './check-input.ts';
import { fuzz } from './fuzz.ts';

const report = (line: string) => void process.stdout.write(`${line}\n`);
const keepIn = join(root, '.fuzz');

interface Flags {
  readonly minutes: number;
  readonly seed?: number;
  readonly archives?: true;
  readonly count: number;
  readonly replay?: string;
}

const program = new Command('fuzz')
  .description('looks for archives that the importer takes for what they are not, or that hang or crash it')
  .option('--minutes <number>', 'how long', positive, 10)
  .option('--seed <number>', 'begin with this one (default: another each time; with --archives: 1)', positive)
  .option('--archives', 'import generated images to a real containerd instead; needs Linux and root')
  .option('--count <number>', 'how many with --archives', positive, 1000)
  .option('--replay <file>', 'try one file that was kept, and say what became of it')
  .action(async (flags: Flags) => {
    if (flags.replay !== undefined) await replay(flags.replay);
    else if (flags.archives === true) await archives(flags);
    else await search(flags);
  });

async function search({ minutes, seed = randomInt(2 ** 31) }: Flags): Promise<void> {
  report(`seed ${seed}, ${minutes} minutes`);
  const { tried, outcomes, findings } = await fuzz({ minutes, seed, keepIn, report });
  report(`${tried} inputs: ${counted(outcomes)}; ${findings} findings`);
  process.exitCode = findings > 0 ? 1 : 0;
}

async function archives({ count, seed = 1 }: Flags): Promise<void> {
  const { findings, outcomes } = await importHostileArchives({ seeds: { from: seed, count }, keepIn, report });
  report(`${count} archives from seed ${seed} on: ${counted(outcomes)}; ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

async function replay(file: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'enbi-fuzz-'));
  const store = join(directory, 'store');
  const path = join(store, 'input');
  try {
    await mkdir(store);
    await copyFile(file, path);
    report(`as tar: ${await checkTar(await readFile(path), path, 1000)}`);
    report(`as image: ${await checkSource(store, path)}`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function counted(outcomes: ReadonlyMap<string, number>): string {
  return [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
}

function positive(text: string): number {
  const number = Number(text);
  if (number > 0 && number < 2 ** 31) return number;
  throw new InvalidArgumentError('a number above zero is needed');
}

await runProgram(() => program.parseAsync());
