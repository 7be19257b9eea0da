import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type OrderReport, parseOrderReport } from '../../src/api/order-report.ts';

/** The first process of its own PID namespace: when that is killed, the kernel kills all others. */
const asInPod = ['unshare', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc'];

interface Expected {
  readonly what: string;
  readonly patienceMs: number;
}

export class RunningAgent {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #said = new EventEmitter();
  readonly #reports = new Map<string, OrderReport>();
  #rest = '';
  #isOver = false;

  /** `around`: what runs a command where the agent is to be. */
  static start(command: readonly string[], env = process.env, around: readonly string[] = []): RunningAgent {
    const [program = '', ...args] = [...around, ...asInPod, ...command];
    return new RunningAgent(spawn(program, args, { env }));
  }

  private constructor(started: ChildProcess) {
    this.#process = started;
    started.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    started.stderr?.setEncoding('utf8').on('data', (text: string) => this.lines.push(`stderr: ${text}`));
    started.on('close', () => {
      this.#isOver = true;
      this.#said.emit('more');
    });
  }

  /** Of the agent, which `unshare` has started. */
  get pid(): number {
    const [pid] = childrenOf(this.#process.pid ?? 0);
    if (pid === undefined) throw new Error(`an agent does not run:\n${this.lines.join('\n')}`);
    return pid;
  }

  /** Of its own processes: those of imports, and one to spare. */
  get children(): readonly number[] {
    return childrenOf(this.pid);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The last that was said of an order. */
  of(id: string): OrderReport | undefined {
    return this.#reports.get(id);
  }

  /** Rejects when it ends before it has said so, or has not in time. */
  async until(id: string, state: OrderReport['state'], patienceMs = 60_000): Promise<OrderReport> {
    const isSaid = () => (this.of(id)?.state === state ? this.of(id) : undefined);
    return await this.#hears(isSaid, { what: `of ${id} that it is ${state}`, patienceMs });
  }

  /** Its process is there. */
  async begun(): Promise<void> {
    await this.#hears(() => this.lines[0], { what: 'anything', patienceMs: 60_000 });
  }

  /** Its exit code, or the signal that ended it. */
  async exited(): Promise<unknown> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const [code, signal] = await once(this.#process, 'exit');
    return code ?? signal;
  }

  async stop(): Promise<unknown> {
    process.kill(this.pid, 'SIGTERM');
    return await this.exited();
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited();
  }

  async #hears<T>(look: () => T | undefined, { what, patienceMs }: Expected): Promise<T> {
    const signal = AbortSignal.timeout(patienceMs);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const wait = this.#isOver ? Promise.reject(new Error('it has ended')) : once(this.#said, 'more', { signal });
      await wait.catch((cause: unknown) => {
        throw new Error(`an agent never said ${what}:\n${this.lines.join('\n')}`, { cause });
      });
    }
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.lines.push(...lines);
    for (const report of lines.map(parseOrderReport)) {
      if (report !== undefined && 'order' in report) this.#reports.set(report.order, report);
    }
    this.#said.emit('more');
  }
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
