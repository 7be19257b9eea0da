import { type ChildProcess, spawn } from 'node:child_process';
import type { NixEvent } from '../../builder/ports.ts';
import { InternalError, TransientError, UserError } from '../../errors.ts';
import type { SecretInUse } from './access.ts';
import { failureOf, type NixRun } from './failures.ts';
import { InternalJsonReader } from './internal-json.ts';
import { type Line, LineSplitter } from './line-splitter.ts';

const maxOutputBytes = 32 * 1024 ** 2;
const killAfterMs = 10_000;

export interface NixProcess {
  /** Complete: the child sees nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stage: 'fetch' | 'build';
  /** The Pod is being stopped. */
  readonly signal: AbortSignal;
  /** Longest time until something is built or copied, or until the end when nothing is. */
  readonly evaluationMs: number;
  /** Undefined: the flake has none, or this run does not see it. */
  readonly secret?: SecretInUse;
}

export interface NixAnswer {
  readonly output: string;
  /** What went wrong on the way although Nix ended well, as one of the four classes. */
  readonly doubt?: Error;
}

/** Runs `nix` with these arguments; its log goes to `observe`. Throws one of the four classes. */
export async function runNix(
  args: readonly string[],
  run: NixProcess,
  observe: (event: NixEvent) => void = () => {},
): Promise<NixAnswer> {
  const reader = new InternalJsonReader(run.stage);
  const child = spawn('nix', ['--log-format', 'internal-json', ...args], {
    env: run.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const splitter = new LineSplitter();
  const watch = new Deadline(child, run.evaluationMs);
  const read = (lines: readonly Line[]) => {
    for (const line of lines) for (const event of reader.read(line)) observe(event);
    if (reader.realising) watch.clear();
  };
  child.stderr.on('data', (chunk: Buffer) => read(splitter.push(chunk)));
  const output = collect(child);
  const stop = () => terminate(child);
  run.signal.addEventListener('abort', stop, { once: true });
  if (run.signal.aborted) stop();
  try {
    const exit = await exitOf(child);
    read(splitter.end());
    throwIfFailed(exit, { reader, run, expired: watch.expired });
    return { output: Buffer.concat(output).toString('utf8'), ...doubtOf(reader, run) };
  } finally {
    watch.clear();
    run.signal.removeEventListener('abort', stop);
  }
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Ended {
  readonly reader: InternalJsonReader;
  readonly run: NixProcess;
  readonly expired: boolean;
}

function throwIfFailed({ code, signal }: Exit, { reader, run, expired }: Ended): void {
  if (run.signal.aborted) throw new TransientError('PodLost', 'the Pod was told to stop');
  if (expired) throw timedOut(run);
  if (code === 0) return;
  // Nix itself was killed, by nobody here.
  if (signal === 'SIGKILL') throw new TransientError('OutOfMemory', 'Nix was killed, most likely for want of memory');
  if (signal !== null) throw new InternalError('InternalError', `Nix ended by ${signal}`);
  throw failureOf(outcome(reader, run));
}

function outcome({ errors, plainLines, realising }: InternalJsonReader, { stage, secret }: NixProcess): NixRun {
  return { stage, errors, plainLines, realising, secret };
}

/** Nix writes errors it gets over, such as a fetch that an older clone stands in for. */
function doubtOf(reader: InternalJsonReader, run: NixProcess): Pick<NixAnswer, 'doubt'> {
  const errors = [...reader.errors, ...reader.doubts];
  return errors.length === 0 ? {} : { doubt: failureOf({ ...outcome(reader, run), errors }) };
}

function timedOut({ stage, evaluationMs }: NixProcess): Error {
  const seconds = Math.round(evaluationMs / 1000);
  if (stage === 'fetch')
    return new TransientError('FetchFailed', `fetching the flake took longer than ${seconds} seconds`);
  // What is evaluated is what is in the flake: the next time would be no shorter.
  return new UserError('BuildTimedOut', `evaluating the flake took longer than ${seconds} seconds`);
}

/** Everything the child prints, up to a size no answer of Nix has. */
function collect(child: ChildProcess): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxOutputBytes) chunks.push(chunk);
  });
  return chunks;
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const { promise, resolve, reject } = Promise.withResolvers<Exit>();
  child.once('error', (cause) => reject(new InternalError('InternalError', 'cannot run nix', { cause })));
  // Not `exit`: the pipes may still hold lines then.
  child.once('close', (code, signal) => resolve({ code, signal }));
  return await promise;
}

/** Nix ends its builders on SIGTERM; one that does not end is killed. */
function terminate(child: ChildProcess): void {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
  child.once('close', () => clearTimeout(kill));
}

class Deadline {
  expired = false;
  readonly #timer: NodeJS.Timeout;

  constructor(child: ChildProcess, milliseconds: number) {
    this.#timer = setTimeout(() => {
      this.expired = true;
      terminate(child);
    }, milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
