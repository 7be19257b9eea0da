import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../src/errors.ts';

const here = dirname(fileURLToPath(import.meta.url));

export interface BuildStep {
  /** The module, as a folder below this one. */
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly packages: readonly string[];
}

/** Builds the programs of one step into a folder, and reports every few seconds how far it is. */
export async function goBuild(step: BuildStep, into: string, report: (line: string) => void): Promise<void> {
  const child = spawn('go', ['build', '-v', ...step.args, '-o', `${into}/`, ...step.packages], {
    cwd: join(here, step.module),
    // The user's own flags would make the result depend on who built it.
    env: { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false', ...step.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const progress = followBuild(report);
  createInterface({ input: child.stderr }).on('line', progress.line);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(progress.stop);
  if (code !== 0) throw new InternalError('ComponentsNotBuilt', `go build failed: ${progress.tail().join('\n')}`);
}

/** `go build -v` names each package as it is compiled and each module as it is fetched, and is silent while it links. */
function followBuild(report: (line: string) => void) {
  const startedAt = Date.now();
  const last: string[] = [];
  let [compiled, fetched] = [0, 0];
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    report(
      `building components: ${seconds} s, ${fetched} modules fetched, ${compiled} packages compiled, ${last.at(-1) ?? 'linking'}`,
    );
  }, 5000);
  return {
    line: (line: string) => {
      if (line.startsWith('go: downloading')) fetched++;
      else compiled++;
      last.push(line);
      if (last.length > 30) last.shift();
    },
    stop: () => clearInterval(timer),
    tail: () => last,
  };
}
