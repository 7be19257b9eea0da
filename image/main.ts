import { resolve } from 'node:path';
import { Command } from 'commander';
import { runProgram } from '../tools/run-program.ts';
import { parseArchitectures } from './architecture.ts';
import { buildImage } from './build.ts';

const program = new Command('image')
  .description("Builds enbi's own container image as an OCI archive, without a container engine")
  .option('--arch <list>', 'amd64, arm64 or both, separated by a comma; default: this machine')
  .option('--out <file>', 'where to write the archive; default: below dist/')
  .action(async (options: { arch?: string; out?: string }) => {
    const image = await buildImage({
      report,
      ...(options.arch === undefined ? {} : { architectures: parseArchitectures(options.arch) }),
      ...(options.out === undefined ? {} : { archive: resolve(options.out) }),
    });
    process.stdout.write(`${image.name}\n${image.digest}\n${image.archive}\n`);
  });

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

await runProgram(() => program.parseAsync());
