// `npm run attack`: what a tenant with few rights does to harm others, on a real cluster, and whether it holds.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { asError } from '../../src/errors.ts';
import type { Attack } from './attack.ts';
import { attacks } from './attacks.ts';
import { bringCluster } from './bring-cluster.ts';
import { chosenAttacks } from './choose.ts';
import { type Outcome, outcomeOf, summaryOfOutcomes, tableOfOutcomes } from './outcome.ts';
import type { AttackedCluster } from './session.ts';
import { tryAttack } from './try-attack.ts';

interface Flags {
  readonly list?: true;
  readonly quick?: true;
  readonly json?: string;
  readonly kubeconfig?: string;
  readonly name: string;
  readonly keep?: true;
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
  .action(async (names: string[], flags: Flags) => {
    const chosen = chosenAttacks(attacks, names, flags);
    if (flags.list === true) return list(chosen);
    await using cluster = await bringCluster({ ...flags, keep: flags.keep === true, report: say });
    const outcomes = await tryAll(chosen, cluster);
    if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(outcomes, null, 2)}\n`);
    say(`\n${tableOfOutcomes(outcomes)}\n\n${summaryOfOutcomes(outcomes)}`);
    process.exitCode = outcomes.every(({ result }) => result === 'held') ? 0 : 1;
  });

function list(chosen: readonly Attack[]): void {
  for (const { name, kind, rights, holds } of chosen) say(`${name}  (${kind})\n    ${rights}\n    ${holds}`);
}

/** One after the other: most of them are felt by everybody. */
async function tryAll(chosen: readonly Attack[], cluster: AttackedCluster): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const attack of chosen) {
    say(`\n── ${attack.name} ──\n${attack.rights} ${attack.steps}`);
    const outcome = await outcomeOf(attack, () => tryAttack(attack, cluster));
    say(`${outcome.result}: ${outcome.result === 'held' ? attack.holds : outcome.why}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

try {
  await program.parseAsync();
} catch (thrown) {
  say(asError(thrown).message);
  process.exitCode = 1;
}
