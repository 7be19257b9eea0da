import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MemoryLog } from '../../../src/runtime/memory-log.ts';
import type { LifeSettings } from '../ground/ground.ts';
import type { Session } from '../proxy/session.ts';
import type { World } from '../world/world.ts';
import type { ControllerLife } from './controller-life.ts';

export interface ProcessOptions {
  /** enbi as it is in its image: one file. */
  readonly program: string;
  /** Of the API server; the process gets one that leads to the proxy instead. */
  readonly kubeconfig: string;
  readonly directory: string;
  /** Where the proxy has the session. */
  readonly server: URL;
  /** Which replica it is. */
  readonly instance: string;
  readonly settings: Pick<LifeSettings, 'jobTtlSeconds' | 'agentIdle'>;
  readonly flags: readonly string[];
}

/** pino's numbers. */
const errorLevel = 50;

/** One life of a controller as a process of its own, which ends by SIGKILL. */
export class ProcessLife implements ControllerLife {
  readonly log = new MemoryLog();
  /** Nobody knows from outside what it is about to do. */
  readonly isAtRest = true;
  readonly #session: Session;
  readonly #failed: (error: unknown) => void;
  #child: ChildProcess | undefined;
  #hasEnded = false;

  constructor(world: World, session: Session, options: ProcessOptions, failed: (error: unknown) => void) {
    this.#session = session;
    this.#failed = failed;
    this.#start(world, options).catch(failed);
  }

  end(): void {
    this.#hasEnded = true;
    this.#child?.kill('SIGKILL');
    this.#session.kill();
  }

  async #start(world: World, options: ProcessOptions): Promise<void> {
    const { program, kubeconfig, directory, server, instance, flags } = options;
    const file = join(directory, `${server.pathname.slice(1)}.kubeconfig`);
    const text = await readFile(kubeconfig, 'utf8');
    await writeFile(file, text.replace(/server: .*/, `server: ${server.href}`));
    if (this.#hasEnded) return;
    const { jobTtlSeconds, agentIdle } = options.settings;
    const idle = ['--agent-idle', String(agentIdle), '--builder-idle', '0'];
    const stays = ['--job-ttl-after-success', String(jobTtlSeconds), ...idle];
    const settings = ['--kubeconfig', file, '--namespace', world.home, '--http-port', '0', ...stays, ...flags];
    const child = spawn(process.execPath, [program, 'controller', ...settings], {
      env: { PATH: process.env.PATH, HOSTNAME: instance },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.once('error', this.#failed);
    child.once('close', () => {
      void rm(file, { force: true });
      if (!this.#hasEnded) this.#failed(new Error('the controller ended by itself'));
    });
  }

  #take(line: string): void {
    const { level, msg, ...fields } = JSON.parse(line) as { level: number; msg: string };
    if (level >= errorLevel) this.log.error(fields, msg);
    else this.log.info(fields, msg);
  }
}
