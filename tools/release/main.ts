// `npm run release`: all that a release is, as files in one directory.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { architectures, parseArchitectures } from '../../image/architecture.ts';
import { runProgram } from '../run-program.ts';
import { makeRelease } from './make-release.ts';

const program = new Command('release')
  .description(
    'Writes what a release of enbi is: images, manifests, chart, plugin, a list of what is in them, and checksums. Nothing is published.',
  )
  .option('--output <directory>', 'where to write them', 'dist/release')
  .option('--arch <list>', 'amd64, arm64 or both, separated by a comma', architectures.join(','))
  .option('--url <url>', 'where the files will be for everybody; adds a manifest for krew, which names it')
  .action(async ({ output, arch, url }: { output: string; arch: string; url?: string }) => {
    const directory = resolve(output);
    const options = { directory, architectures: parseArchitectures(arch), report };
    const names = await makeRelease(url === undefined ? options : { ...options, url });
    process.stdout.write(names.map((name) => `${directory}/${name}\n`).join(''));
  });

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

await runProgram(() => program.parseAsync());
