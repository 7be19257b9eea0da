import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const programs = join(root, 'node_modules', '.bin');

type Environment = Readonly<Record<string, string>>;

/** Runs a program of the checkout's own, shown to people as it goes; its exit code. */
export async function show(program: string, args: readonly string[], extra: Environment = {}): Promise<number> {
  // The programs are scripts for `node`: the pinned one, which npm put beside them, not an older one of the machine.
  const env = { ...process.env, ...extra, PATH: `${programs}${delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, forward);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}
