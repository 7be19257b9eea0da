import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** One of the controllers that are compared, as a process. */
export class Contender implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #port: number;
  #output = '';

  constructor(argv: readonly string[], env: Readonly<Record<string, string>>, port: number) {
    const [program = '', ...args] = argv;
    this.#port = port;
    this.#child = spawn(program, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    // The next measurement would ask this one.
    process.once('exit', () => this.#child.kill('SIGKILL'));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output = (this.#output + text).slice(-4000)));
    }
  }

  /** Returns how many seconds it took until all its stores were complete. */
  async ready(): Promise<number> {
    const startedAt = performance.now();
    while (!(await this.#answers('/readyz'))) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#output}`);
      if (performance.now() - startedAt > 300_000)
        throw new Error(`it is not ready after five minutes: ${this.#output}`);
      await sleep(20);
    }
    return (performance.now() - startedAt) / 1000;
  }

  async get(path: string): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.#port}${path}`)).text();
  }

  /** Resident memory now and at its highest, in MiB. */
  async memory(): Promise<{ readonly now: number; readonly peak: number }> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    const mebibytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  async #answers(path: string): Promise<boolean> {
    return await fetch(`http://127.0.0.1:${this.#port}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
