import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { runProgram } from '../../tools/run-program.ts';
import { measureHostile } from './hostile/hostile.ts';
import { printHostile } from './hostile/print.ts';
import { hostileSize } from './hostile/size.ts';
import { measureImport } from './import/import-bench.ts';
import { printImport } from './import/print.ts';
import { printRollout } from './rollout/print.ts';
import { measureRollout } from './rollout/rollout.ts';
import { printScale } from './scale/print.ts';
import { measureScale } from './scale/scale.ts';
import { large, small } from './scale/size.ts';

const report = (line: string) => void process.stderr.write(`${line}\n`);

// What was started for a measurement ends with it (`exit`): Node ends without a word otherwise.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

interface RolloutFlags {
  readonly runs: number;
  readonly json?: string;
  readonly keep?: true;
}

const program = new Command('bench').description(
  'measures enbi beside the other ways, on a cluster or containerd of its own; needs Linux and root',
);

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

interface ImportFlags {
  readonly runs: number;
  readonly only?: string;
  readonly containers?: true;
  readonly json?: string;
}

program
  .command('import')
  .description(
    'an image of 546 MB is brought to a containerd: by enbi, ctr, a registry; new, unchanged, changed a little',
  )
  .option('--runs <count>', 'how often each is measured', runCount, 3)
  .option('--only <text>', 'only the ways whose name contains this')
  .option(
    '--containers',
    'instead: until a container of it is made, the image unpacked by the import or for the container',
  )
  .option('--json <file>', 'also write every number to this file')
  .action(async ({ runs, only, containers, json }: ImportFlags) => {
    const bench = await measureImport({
      runs,
      report,
      containers: containers === true,
      ...(only === undefined ? {} : { only }),
    });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(bench, null, 2)}\n`);
    process.stdout.write(printImport(bench));
  });

program
  .command('scale')
  .description('a cluster of 1,000 nodes and 10,000 Pods: memory and speed, beside a minimal controller in Go')
  .option('--small', 'a fiftieth of it, to try the measuring itself')
  .option('--json <file>', 'also write every number to this file')
  .action(async ({ small: isSmall, json }: { readonly small?: true; readonly json?: string }) => {
    const scale = await measureScale({ size: isSmall === true ? small : large, report });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(scale, null, 2)}\n`);
    process.stdout.write(printScale(scale));
  });

interface HostileFlags {
  readonly scale: number;
  readonly profiles?: string;
  readonly json?: string;
}

program
  .command('hostile')
  .description(
    "a namespace full of the largest objects an API server takes: memory, speed and others' builds beside it",
  )
  .option('--scale <share>', 'only so much of it, to try the measuring itself', share, 1)
  .option('--json <file>', 'also write every number to this file')
  .option('--profiles <folder>', 'also write CPU profiles of the controller there')
  .action(async ({ scale, profiles, json }: HostileFlags) => {
    const hostile = await measureHostile({ size: hostileSize(scale), profiles, report });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(hostile, null, 2)}\n`);
    process.stdout.write(printHostile(hostile));
  });

function share(text: string): number {
  if (/^(?:1|0\.\d{1,3})$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('a share is at most 1, for example 0.1');
}

function runCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('1 to 99 runs can be made');
}

await runProgram(() => program.parseAsync());
