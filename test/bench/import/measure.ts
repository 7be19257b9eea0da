import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InternalError } from '../../../src/errors.ts';
import type { TestContainerd } from '../../support/containerd.ts';

/** What it took to bring an image to a runtime once. */
export interface Cost {
  /** From the start of the first process to the end of the last; of an import, from its order to what came of it. */
  readonly processSeconds: number;
  /** Of that, what the importer says it took, without being told and telling; undefined: it does not say. */
  readonly insideSeconds: number | undefined;
  /** Of the processes, user and system. */
  readonly cpuSeconds: number;
  readonly containerdCpuSeconds: number;
  /** The biggest of the processes. */
  readonly peakMegabytes: number;
  /** What containerd gave the disk to write, also what it threw away later. */
  readonly bytesWritten: number;
  /** By how much its content store grew. */
  readonly bytesKept: number;
}

/** A command, or what measures something else that is done. */
export type Step = readonly string[] | (() => Promise<Run>);

/** Does each to its end, one after the other, while `daemon` works for them. Their output tells `inside`. */
export async function measure(
  daemon: TestContainerd,
  steps: readonly Step[],
  inside: (output: string) => number | undefined = () => undefined,
): Promise<Cost> {
  const before = await workOf(daemon);
  const runs: Run[] = [];
  for (const step of steps) runs.push(typeof step === 'function' ? await step() : await timed(step));
  const after = await workOf(daemon);
  const insides = runs.map(({ output }) => inside(output)).filter((seconds) => seconds !== undefined);
  return {
    processSeconds: sum(runs.map(({ wallSeconds }) => wallSeconds)),
    insideSeconds: insides.length === 0 ? undefined : sum(insides),
    cpuSeconds: sum(runs.map(({ cpuSeconds }) => cpuSeconds)),
    containerdCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    peakMegabytes: Math.max(...runs.map(({ peakMegabytes }) => peakMegabytes)),
    bytesWritten: after.bytesWritten - before.bytesWritten,
    bytesKept: after.bytesKept - before.bytesKept,
  };
}

export interface Run {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly output: string;
}

/** GNU time asks the kernel (wait4), so nothing that ran is missed and nothing has to be looked at meanwhile. */
async function timed(command: readonly string[]): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-time-'));
  try {
    const file = join(folder, 'times');
    const started = performance.now();
    const child = spawn('/usr/bin/time', ['--format=%U %S %M', `--output=${file}`, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
    const [code] = await once(child, 'close');
    const wallSeconds = (performance.now() - started) / 1000;
    const text = Buffer.concat(output).toString();
    if (code !== 0)
      throw new InternalError('CommandFailed', `${command.join(' ')}: exit code ${String(code)}: ${text}`);
    const [user = 0, system = 0, kibibytes = 0] = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
    return { wallSeconds, cpuSeconds: user + system, peakMegabytes: (kibibytes * 1024) / 1e6, output: text };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function workOf(daemon: TestContainerd) {
  const stats = await readFile(`/proc/${daemon.pid()}/stat`, 'utf8');
  // After the program's name in parentheses: state, …; user and system time are fields 14 and 15 of proc(5), in hundredths.
  const fields = stats.slice(stats.lastIndexOf(')') + 2).split(' ');
  const io = await readFile(`/proc/${daemon.pid()}/io`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    bytesWritten: Number(/^write_bytes: (\d+)$/m.exec(io)?.[1]),
    bytesKept: await contentBytes(daemon),
  };
}

export async function contentBytes({ directory }: TestContainerd): Promise<number> {
  const blobs = join(directory, 'root/io.containerd.content.v1.content/blobs/sha256');
  const names = await readdir(blobs).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(blobs, name))).size));
  return sum(sizes);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
