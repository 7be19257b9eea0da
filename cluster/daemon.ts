import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { asError, InternalError } from '../src/errors.ts';
import type { Folder } from './state.ts';

/** A process of the cluster. The start time tells it from a later process that was given the same number. */
const Daemon = z.readonly(z.object({ pid: z.int(), startTime: z.string() }));
export type Daemon = z.infer<typeof Daemon>;

/** Every process of a cluster carries this in its environment, so one that was started but never recorded is found too. */
const marker = 'ENBI_CLUSTER_OWNER';

/** Starts a process that outlives this one, its output in the cluster's log folder, and records it under `name`. */
export async function startDaemon(
  folder: Folder,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const [program = '', ...args] = argv;
  const log = openSync(join(folder.log, `${name}.log`), 'a');
  try {
    const child = spawn(program, args, {
      cwd: folder.root,
      detached: true,
      env: { PATH: process.env.PATH, HOME: '/root', ...env, [marker]: folder.root },
      stdio: ['ignore', log, log],
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return await record(folder, name, child.pid ?? 0);
  } catch (thrown) {
    throw new InternalError('DaemonNotStarted', `cannot start ${name}`, { cause: asError(thrown) });
  } finally {
    closeSync(log);
  }
}

async function record(folder: Folder, name: string, pid: number): Promise<Daemon> {
  const daemon: Daemon = { pid, startTime: statusOf(pid)?.startTime ?? '' };
  await writeFile(join(folder.run, `${name}.json`), JSON.stringify(daemon));
  return daemon;
}

/** The recorded process, if it still runs. */
export async function findDaemon(folder: Folder, name: string): Promise<Daemon | undefined> {
  try {
    const daemon = Daemon.parse(JSON.parse(await readFile(join(folder.run, `${name}.json`), 'utf8')));
    return isAlive(daemon) ? daemon : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(daemon: Daemon): boolean {
  const status = statusOf(daemon.pid);
  return status !== undefined && status.startTime === daemon.startTime && status.state !== 'Z';
}

/** Kills the recorded process and returns when it has ended. */
export async function killDaemon(folder: Folder, name: string): Promise<void> {
  const daemon = await findDaemon(folder, name);
  if (daemon !== undefined) await killAndWait([daemon]);
  await rm(join(folder.run, `${name}.json`), { force: true });
}

export async function killAndWait(daemons: readonly Daemon[]): Promise<void> {
  for (const { pid } of daemons.filter(isAlive)) sendKill(pid);
  for (let waited = 0; daemons.some(isAlive); waited += 20) {
    if (waited > 60_000) {
      const pids = daemons.filter(isAlive).map(({ pid }) => pid);
      throw new InternalError('ProcessSurvives', `still running a minute after SIGKILL: ${pids.join(', ')}`);
    }
    await sleep(20);
  }
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

/** Every process of the cluster that the host can see, recorded or not. */
export async function markedDaemons(folder: Folder): Promise<Daemon[]> {
  const entry = `${marker}=${folder.root}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids
    .filter((pid) => environmentOf(pid).includes(entry))
    .map((pid) => ({ pid, startTime: statusOf(pid)?.startTime ?? '' }));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function statusOf(pid: number): { state: string; startTime: string } | undefined {
  try {
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
