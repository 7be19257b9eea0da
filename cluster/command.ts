import { spawn } from 'node:child_process';
import { asError, InternalError } from '../src/errors.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string;
  /** A file or other descriptor to read from, for what is too big for a string. */
  readonly stdinFd?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and keeps what it said. Rejects only when it cannot be started at all. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.stdinFd ?? 'pipe', 'pipe', 'pipe'],
  });
  // A program may exit without having read its input; its exit code tells the story then.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin ?? '');
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new InternalError('CommandFailed', `cannot run ${program}`, { cause: error })),
    );
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
  const [code, stdout, stderr] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)]);
  return { code, stdout, stderr };
}

/** Like run, for steps that must succeed: the error carries the command and the end of what it wrote to stderr. */
export async function runOrThrow(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).slice(-4000);
  throw new InternalError('CommandFailed', `${argv.join(' ').slice(0, 300)}: exit code ${code}: ${said}`);
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) return '';
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  } catch (thrown) {
    throw new InternalError('CommandFailed', 'cannot read the output of a command', { cause: asError(thrown) });
  }
  return Buffer.concat(chunks).toString('utf8');
}
