import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { checkout } from './source-files.ts';

/** `enbi controller` from source, as a process of its own that can be killed, stopped and continued. */
export class ControllerProcess implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(name: string, port: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  static async start(name: string, kubeconfig: string, ...flags: readonly string[]): Promise<ControllerProcess> {
    const port = await freePort();
    const main = join(checkout, 'src/main/main.ts');
    const args = ['controller', '--kubeconfig', kubeconfig, '--image', 'enbi.test/enbi:1', '--http-port', String(port)];
    const env = { PATH: process.env.PATH, HOSTNAME: name };
    return new ControllerProcess(
      name,
      port,
      spawn(process.execPath, [main, ...args, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Lines of its log and whatever else it said. */
  get output(): string {
    return this.#output;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** True when it answers a probe with 200. */
  async is(probe: 'healthz' | 'readyz'): Promise<boolean> {
    return await fetch(`http://127.0.0.1:${this.port}/${probe}`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async metrics(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
