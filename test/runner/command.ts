import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const programs = join(root, 'node_modules', '.bin');

type Environment = Readonly<Record<string, string>>;

interface Showing {
  readonly env?: Environment | undefined;
  /** Shown whole when it has ended, since something else is being shown meanwhile. */
  readonly held?: boolean | undefined;
  /** It gets what others leave of the processors. */
  readonly nice?: boolean | undefined;
  /** What it sends over Node's channel between processes. */
  readonly onMessage?: ((message: unknown) => void) | undefined;
}

/** Runs a program of the checkout's own, shown to people as it goes; its exit code. */
export async function show(program: string, args: readonly string[], showing: Showing = {}): Promise<number> {
  // The programs are scripts for `node`: the pinned one, which npm put beside them, not an older one of the machine.
  const env = { ...process.env, ...showing.env, PATH: `${programs}${delimiter}${process.env.PATH ?? ''}` };
  const output = showing.held === true ? 'pipe' : 'inherit';
  const [first, given] = showing.nice === true ? ['nice', ['-n', '10', program, ...args]] : [program, args];
  const channel = showing.onMessage === undefined ? [] : (['ipc'] as const);
  const child = spawn(first, given, { cwd: root, env, stdio: ['ignore', output, output, ...channel] });
  if (showing.onMessage !== undefined) child.on('message', showing.onMessage);
  const held: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => held.push(chunk));
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, forward);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    process.stdout.write(Buffer.concat(held));
    return code ?? 1;
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}
