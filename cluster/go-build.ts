import { spawn } from 'node:child_process';
import { link, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../src/errors.ts';
import { memoryForGo } from './go-memory.ts';
import { freeMemory } from './preflight/observe.mjs';

const here = dirname(fileURLToPath(import.meta.url));

export interface BuildStep {
  /** The module, as a folder below this one. */
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly packages: readonly string[];
  /** What else a program of it is called, in place of its own name. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

/** Builds the programs of one step into a folder; `onPackage` hears of each package that is begun. */
export async function goBuild(step: BuildStep, into: string, onPackage: () => void): Promise<void> {
  await compile(step, into, onPackage);
  for (const [program, names] of Object.entries(step.names ?? {})) await rename(join(into, program), names, into);
}

async function compile(step: BuildStep, into: string, onPackage: () => void): Promise<void> {
  const child = spawn('go', ['build', '-v', ...step.args, '-o', `${into}/`, ...step.packages], {
    cwd: join(here, step.module),
    // The user's own flags would make the result depend on who built it.
    env: {
      ...process.env,
      ...memoryForGo(freeMemory(), availableParallelism()),
      GOFLAGS: '-mod=readonly -buildvcs=false',
      ...step.env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  // `-v` names each package as it is begun and each module as it is fetched, and nothing while it links.
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.startsWith('go: ')) onPackage();
    last.push(line);
    if (last.length > 30) last.shift();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new InternalError('ComponentsNotBuilt', `go build failed: ${last.join('\n')}`);
}

/** Links that are no other than files, so that each may be moved and linked elsewhere. */
async function rename(program: string, names: readonly string[], into: string): Promise<void> {
  for (const name of names) await link(program, join(into, name));
  await rm(program);
}
