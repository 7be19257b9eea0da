import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { asError } from '../../src/errors.ts';
import { printRollout } from './rollout/print.ts';
import { measureRollout } from './rollout/rollout.ts';

const report = (line: string) => void process.stderr.write(`${line}\n`);

interface RolloutFlags {
  readonly runs: number;
  readonly json?: string;
  readonly keep?: true;
}

const program = new Command('bench').description('measures enbi on a cluster of its own; needs Linux and root');

program
  .command('rollout')
  .description('a tag is changed: how long until a Pod of it runs, by enbi and by way of a registry')
  .option('--runs <count>', 'how often each is measured', runCount, 5)
  .option('--json <file>', 'also write every number to this file')
  .option('--keep', 'leave the cluster up, and use it again next time')
  .action(async ({ runs, json, keep }: RolloutFlags) => {
    const rollout = await measureRollout({ runs, keep: keep === true, report });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(rollout, null, 2)}\n`);
    process.stdout.write(printRollout(rollout));
  });

function runCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('1 to 99 runs can be made');
}

try {
  await program.parseAsync();
} catch (thrown) {
  report(`error: ${asError(thrown).stack ?? String(thrown)}`);
  process.exitCode = 1;
}
