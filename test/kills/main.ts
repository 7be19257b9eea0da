// `npm run kills`: kills imports, their agent, or containerd, at random points. Exits with 1 when one of them leaves something wrong.
import { Command, InvalidArgumentError } from 'commander';
import { runProgram } from '../../tools/run-program.ts';
import { killContainerd } from './kill-containerd.ts';
import { killImports } from './kill-imports.ts';
import { openPlace } from './place.ts';

const report = (line: string) => void process.stdout.write(`${line}\n`);

interface Flags {
  readonly points: number;
  readonly seed: number;
  readonly containerd?: true;
}

const program = new Command('kills')
  .description(
    'kills imports of 20 layers, or the agent that does them, at random points and orders them again; needs Linux and root',
  )
  .option('--points <number>', 'how many', positive, 1000)
  .option('--seed <number>', 'the first; each point has the next', positive, 1)
  .option('--containerd', 'kill containerd instead, and start it again while the import goes on')
  .action(async ({ points, seed, containerd }: Flags) => {
    await using place = await openPlace();
    const kill = containerd === true ? killContainerd : killImports;
    const { killed, findings } = await kill(place, { points, seed, report });
    for (const finding of findings) report(finding);
    report(`${points} points, ${killed} killed, ${findings.length} findings`);
    process.exitCode = findings.length > 0 ? 1 : 0;
  });

function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number above zero is needed');
}

await runProgram(() => program.parseAsync());
