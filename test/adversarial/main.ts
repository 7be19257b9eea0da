// `npm run attack`: what a tenant with few rights does to harm others, on a real cluster, and whether it holds.
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { runProgram } from '../../tools/run-program.ts';
import type { Attack } from './attack.ts';
import { attacks } from './attacks.ts';
import { bringCluster } from './bring-cluster.ts';
import { chosenAttacks } from './choose.ts';
import { summaryOfOutcomes, tableOfOutcomes } from './outcome.ts';
import { tryAll } from './try-all.ts';
import { tryAttack } from './try-attack.ts';

interface Flags {
  readonly list?: true;
  readonly quick?: true;
  readonly json?: string;
  readonly kubeconfig?: string;
  readonly name: string;
  readonly keep?: true;
  readonly atOnce: number;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

const program = new Command('attack')
  .description('attacks enbi as a tenant on the embedded cluster, which needs Linux and root, or on another')
  .argument('[names...]', 'of attacks; all when none is named')
  .option('--list', 'say which there are, and what must hold')
  .option('--quick', 'only those that are part of npm test')
  .option('--json <file>', 'also write the outcomes to this file')
  .option('--kubeconfig <file>', 'attack a cluster that is there and has enbi')
  .option('--name <name>', 'of the embedded cluster', 'enbi-attack')
  .option('--keep', 'leave the embedded cluster up, and use it again next time')
  .option('--at-once <count>', 'how many attacks run at a time, of those that do not disturb each other', positive, 4)
  .action(async (names: string[], flags: Flags) => {
    const chosen = chosenAttacks(attacks, names, flags);
    if (flags.list === true) return list(chosen);
    await using cluster = await bringCluster({ ...flags, keep: flags.keep === true, report: say });
    const attempt = (attack: Attack) => tryAttack(attack, cluster);
    const outcomes = await tryAll(chosen, { atOnce: flags.atOnce, attempt, say });
    if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(outcomes, null, 2)}\n`);
    say(`\n${tableOfOutcomes(outcomes)}\n\n${summaryOfOutcomes(outcomes)}`);
    process.exitCode = outcomes.every(({ result }) => result === 'held') ? 0 : 1;
  });

function list(chosen: readonly Attack[]): void {
  for (const { name, kind, rights, holds } of chosen) say(`${name}  (${kind})\n    ${rights}\n    ${holds}`);
}

function positive(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('it has to be a number of 1 or more');
}

await runProgram(() => program.parseAsync());
